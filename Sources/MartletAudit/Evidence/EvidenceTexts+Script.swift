/// What checks a bundle with the tools that are there.
extension EvidenceTexts {
    /// Each tool is used when it is there, and it is said when it is not; the exit code is 0 when nothing failed and at
    /// least our verifier or a foreign one has checked every proof.
    package var script: String {
        #"""
        #!/bin/sh
        # Checks this bundle. Usage: sh verify.sh "$(cat key-you-had-before)" [tsa-ca.pem]
        KEY="$1" CA="$2"
        if [ -z "$KEY" ]; then echo "give the verifier key of the log that you had before this bundle"; exit 2; fi
        if [ -n "$CA" ]; then CA=$(readlink -f "$CA"); [ -f "$CA" ] || { echo "$2: no such file"; exit 2; }; fi
        cd "$(dirname "$0")" || exit 2
        failed=0 proofs=0
        if sha256sum --quiet -c MANIFEST.sha256; then echo "digests: good"; else echo "digests: BAD"; failed=1; fi
        if [ "$KEY" = "$(cat log/log.vkey)" ]; then echo "key: the one in log/ is yours"
        elif [ -d rotations ]; then echo "key: the one in log/ is a later one than yours; rotations/ must lead to it"
        else echo "key: the one in log/ is NOT yours"; failed=1; fi
        if command -v martlet-verify >/dev/null; then
          if martlet-verify bundle . --key "$KEY"; then proofs=1; else failed=1; fi
        else echo "martlet-verify: not installed"; fi
        if command -v aics-tlog >/dev/null; then
          bad=0 path=$(mktemp) root=$(sed -n 3p log/checkpoint) size=$(sed -n 2p log/checkpoint)
          aics-tlog verify-checkpoint --note log/checkpoint --log-key "$KEY" >/dev/null \
            || { echo "aics-tlog: log/checkpoint: BAD"; bad=1; }
          for proof in proofs/*.tlog-proof; do
            index=$(basename "$proof" .tlog-proof)
            sed '1,2d;/^$/,$d' "$proof" >"$path"
            aics-tlog verify-inclusion --index "$index" --size "$size" --root "$root" --proof "$path" \
              --leaf "records/$index.json" >/dev/null || { echo "aics-tlog: record $index: BAD"; bad=1; }
          done
          rm -f "$path"
          if [ $bad -eq 0 ]; then echo "aics-tlog: checkpoint and every record good"; proofs=1; else failed=1; fi
        else echo "aics-tlog: not installed (PyPI, optional)"; fi
        if ! ls proofs/*.cose >/dev/null 2>&1; then echo "scitt-cose: there are no COSE receipts in this bundle"
        elif command -v scitt-cose >/dev/null; then
          bad=0 pem=$(mktemp)
          # The last 32 bytes of the key, as SubjectPublicKeyInfo (RFC 8410).
          { echo "-----BEGIN PUBLIC KEY-----"
            echo "MCowBQYDK2VwAyEA$(printf %s "${KEY#*+*+}" | base64 -d | tail -c 32 | base64)"
            echo "-----END PUBLIC KEY-----"; } >"$pem"
          for record in records/*.json; do
            index=$(basename "$record" .json)
            scitt-cose --receipt "proofs/$index.cose" --receipt-log-pubkey "$pem" --leaf-entry-hex \
              "$(od -An -v -tx1 "$record" | tr -d ' \n')" >/dev/null || { echo "scitt-cose: record $index: BAD"; bad=1; }
          done
          rm -f "$pem"
          if [ $bad -eq 0 ]; then echo "scitt-cose: the receipt of every record good"; proofs=1; else failed=1; fi
        else echo "scitt-cose: not installed (PyPI, optional): COSE receipts not checked with it"; fi
        if ! ls timestamps/*.tsr >/dev/null 2>&1; then echo "timestamps: there are none in this bundle"
        elif ! command -v openssl >/dev/null; then echo "openssl: not installed: timestamps NOT checked"
        elif [ -z "$CA" ]; then
          echo "timestamps: NOT checked: give the certificates of the authority, from the authority: sh verify.sh KEY tsa-ca.pem"
        else
          for token in timestamps/*.tsr; do
            if openssl ts -verify -data "${token%.tsr}.checkpoint" -in "$token" -CAfile "$CA" >/dev/null 2>&1
            then echo "openssl: $token: good, $(openssl ts -reply -in "$token" -text 2>/dev/null | grep '^Time stamp:')"
            else echo "openssl: $token: BAD"; failed=1; fi
          done
        fi
        if [ $proofs -eq 0 ]; then echo "no tool has checked the proofs"; exit 1; fi
        exit $failed

        """#
    }
}
