#ifndef MARTLET_CRC_H
#define MARTLET_CRC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether this processor computes CRC-32C itself (SSE4.2, or the CRC extension of ARMv8).
bool martlet_crc32c_is_available(void);

/// CRC-32C of `count` bytes. Call it only where `martlet_crc32c_is_available` says true.
uint32_t martlet_crc32c(const uint8_t *bytes, size_t count);

#endif
