#include "CMartletCRC.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <nmmintrin.h>

#define WITH_CRC __attribute__((target("sse4.2")))
#define BYTE(value, byte) _mm_crc32_u8((uint32_t)(value), byte)
#define WORD(value, word) _mm_crc32_u64(value, word)

static bool detect(void) {
    unsigned int a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2);
}

#elif defined(__aarch64__) && defined(__linux__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>

#define WITH_CRC __attribute__((target("+crc")))
#define BYTE(value, byte) __crc32cb((uint32_t)(value), byte)
#define WORD(value, word) __crc32cd((uint32_t)(value), word)

static bool detect(void) { return getauxval(AT_HWCAP) & HWCAP_CRC32; }

#else

#define WITH_CRC
#define BYTE(value, byte) (value)
#define WORD(value, word) (value)

static bool detect(void) { return false; }

#endif

bool martlet_crc32c_is_available(void) { return detect(); }

WITH_CRC uint32_t martlet_crc32c(const uint8_t *bytes, size_t count) {
    uint64_t value = 0xFFFFFFFF;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        value = WORD(value, word);
        bytes += 8;
        count -= 8;
    }
    while (count > 0) {
        value = BYTE(value, *bytes);
        bytes += 1;
        count -= 1;
    }
    return ~(uint32_t)value;
}
