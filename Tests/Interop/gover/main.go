// gover checks a log directory with nothing but golang.org/x/mod/sumdb: the note, tlog and tile code of the Go team.
//
//	gover DIRECTORY VKEY [STEP]
//
// It opens the checkpoint, hashes every entry, compares it with the tiles (which x/mod checks against the root of the
// checkpoint), and proves each STEP-th record and the consistency with each STEP-th smaller tree. STEP is 1 by default.
// Build: GOPATH=/usr/share/gocode GO111MODULE=off go build (Debian: golang-go golang-golang-x-mod-dev).
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// directory serves tiles of height 8 from the files of C2SP tlog-tiles.
type directory string

func (d directory) Height() int                         { return 8 }
func (d directory) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := d.read(strings.TrimPrefix(tile.Path(), "tile/8/"), tile.W*32)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// read gives a tile, or the beginning of the full one when that has taken the place of a partial one.
func (d directory) read(path string, width int) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(string(d), "tile", path))
	if os.IsNotExist(err) && strings.Contains(path, ".p/") {
		data, err = os.ReadFile(filepath.Join(string(d), "tile", path[:strings.Index(path, ".p/")]))
		if err == nil && width >= 0 && len(data) > width {
			data = data[:width]
		}
	}
	return data, err
}

// entries gives the records of bundle n in a log of size records.
func (d directory) entries(n, size int64) [][]byte {
	tile := tlog.Tile{H: 8, L: 0, N: n, W: 256}
	if rest := size - n*256; rest < 256 {
		tile.W = int(rest)
	}
	data, err := d.read("entries/"+strings.TrimPrefix(tile.Path(), "tile/8/0/"), -1)
	check(err)
	var records [][]byte
	for len(records) < tile.W {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			fail("entries of bundle %d end too early", n)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		records, data = append(records, data[2:end]), data[end:]
	}
	return records
}

func main() {
	if len(os.Args) < 3 {
		fail("usage: gover DIRECTORY VKEY [STEP]")
	}
	dir, step := directory(os.Args[1]), int64(1)
	if len(os.Args) > 3 {
		n, err := strconv.ParseInt(os.Args[3], 10, 64)
		check(err)
		step = n
	}
	tree := open(dir, os.Args[2])
	hashes := tlog.TileHashReader(tree, dir)
	for n := int64(0); n*256 < tree.N; n++ {
		records := dir.entries(n, tree.N)
		var indexes []int64
		for i := range records {
			indexes = append(indexes, tlog.StoredHashIndex(0, n*256+int64(i)))
		}
		found, err := hashes.ReadHashes(indexes)
		check(err)
		for i, record := range records {
			if tlog.RecordHash(record) != found[i] {
				fail("entry %d is not the one of the tree", n*256+int64(i))
			}
		}
	}
	for i := int64(0); i < tree.N; i += step {
		leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, i)})
		check(err)
		proof, err := tlog.ProveRecord(tree.N, i, hashes)
		check(err)
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, i, leaf[0]))
	}
	for k := int64(1); k < tree.N; k += step {
		proof, err := tlog.ProveTree(tree.N, k, hashes)
		check(err)
		old, err := tlog.TreeHash(k, hashes)
		check(err)
		check(tlog.CheckTree(proof, tree.N, tree.Hash, k, old))
	}
	fmt.Printf("good: %d entries, root %s\n", tree.N, tree.Hash)
}

func open(dir directory, vkey string) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	check(err)
	data, err := os.ReadFile(filepath.Join(string(dir), "checkpoint"))
	check(err)
	signed, err := note.Open(data, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		fail("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	return tlog.Tree{N: size, Hash: root}
}

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, "gover: "+format+"\n", values...)
	os.Exit(1)
}
