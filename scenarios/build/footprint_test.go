package build

import "testing"

// TestFootprint: what is reached in several ways counts once, whatever comes first.
func TestFootprint(t *testing.T) {
	type leaf struct{ a, b, c, d int64 }
	type tree struct {
		all   []leaf
		one   *leaf // of its own
		parts [][]leaf
		nodes []*tree
		name  string
		known map[int64]int64
		any   any
	}
	array := make([]leaf, 10)
	root := &tree{all: array, name: "root"}
	for i := range array {
		root.parts = append(root.parts, array[i:i+1])
	}
	root.parts = root.parts[:10:10]
	own := &leaf{}
	root.one, root.any = own, own
	nodes := make([]tree, 3)
	root.nodes = []*tree{&nodes[1], &nodes[0], root}
	f := newFootprint(nil)
	f.add(root, "x")
	const word, slice = 8, 24
	treeSize := int64(3*slice + word + slice - slice + 2*word + word + 2*word)
	want := 3*treeSize + 10*32 + 32 + int64(cap(root.parts))*slice + 3*word + int64(len("root"))
	if got := f.octets["x"]; got != want {
		t.Errorf("%d octets, expected %d", got, want)
	}
	f = newFootprint(map[string]string{"build.leaf": "leaves"})
	f.add(root, "x")
	if f.octets["leaves"] != 11*32 || f.octets["leaves"]+f.octets["x"] != want {
		t.Errorf("%v octets by kind, expected %d in all", f.octets, want)
	}
}
