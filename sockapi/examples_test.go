package sockapi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each call that blocks, polls or tells events has an example.
func TestEveryCallHasAnExample(t *testing.T) {
	examples := map[string]bool{}
	each := func(pattern string, f func(d *ast.FuncDecl)) {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if d, ok := d.(*ast.FuncDecl); ok {
					f(d)
				}
			}
		}
	}
	each("*_test.go", func(d *ast.FuncDecl) {
		if name, ok := strings.CutPrefix(d.Name.Name, "Example"); ok {
			examples[name] = true
		}
	})
	var missing []string
	for _, file := range []string{"conn", "event", "eventqueue", "eventsocket", "poll", "recv", "send", "socket"} {
		each(file+".go", func(d *ast.FuncDecl) {
			name := d.Name.Name
			if !d.Name.IsExported() {
				return
			}
			if d.Recv != nil {
				receiver := d.Recv.List[0].Type
				if p, ok := receiver.(*ast.StarExpr); ok {
					receiver = p.X
				}
				name = receiver.(*ast.Ident).Name + "_" + name
			}
			if !examples[name] {
				missing = append(missing, name)
			}
		})
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("no example of %s", strings.Join(missing, ", "))
	}
}
