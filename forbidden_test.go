package mpsim_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Packages of the simulated world: the same file and seed give the same bytes, so nothing in them
// may look at the machine it runs on, or run in an order that the machine chooses.
var deterministic = []string{"sim/...", "model/...", "sockapi/..."}

// threaded is the one package of the simulated world that may know threads: it runs the parts of a world that
// has been cut, and what they handle does not depend on how fast. Its rules about maps and chance are those of
// the others.
const threaded = module + "/sim/parallel"

var allowedInThreaded = map[string]bool{"sync": true, "sync/atomic": true, "runtime": true, "time.Sleep": true}

// forbiddenImports of those packages. crypto/rand and top-level math/rand functions are covered by
// forbidding math/rand itself; math/rand/v2 is allowed in sim for its PCG source alone.
var forbiddenImports = map[string]string{
	"os": "models know tables, never files", "sync": "one part of a world is one thread",
	"sync/atomic": "one part of a world is one thread", "math/rand": "use a named sim.Stream",
	"crypto/rand": "use a named sim.Stream", "log": "record an event row", "net": "use wire.Addr and net/netip",
	"runtime": "results do not depend on the machine", "unsafe": "no layout tricks in models",
}

var forbiddenCalls = map[string]bool{
	"time.Now": true, "time.Sleep": true, "time.Since": true, "time.After": true, "time.NewTimer": true,
}

// TestForbidden reads every non-test file of the deterministic packages with types.
func TestForbidden(t *testing.T) {
	export := map[string]string{}
	var pkgs []listed
	for _, p := range list(t, "-export", "-deps", "./...") {
		export[p.ImportPath] = p.Export
		if rel, ok := strings.CutPrefix(p.ImportPath, module+"/"); ok {
			for _, pattern := range deterministic {
				if matches(pattern, rel) {
					pkgs = append(pkgs, p)
				}
			}
		}
	}
	fset := token.NewFileSet()
	imp := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(export[path])
	})
	for _, p := range pkgs {
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
		conf := types.Config{Importer: imp}
		if _, err := conf.Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatalf("%s: %v", p.ImportPath, err)
		}
		for _, f := range files {
			inspectForbidden(t, fset, f, info, p.ImportPath)
		}
	}
}

func inspectForbidden(t *testing.T, fset *token.FileSet, f *ast.File, info *types.Info, pkg string) {
	bad := func(n ast.Node, what string) { t.Errorf("%s: %s", fset.Position(n.Pos()), what) }
	for _, i := range f.Imports {
		name := strings.Trim(i.Path.Value, `"`)
		if why, no := forbiddenImports[name]; no && !(pkg == threaded && allowedInThreaded[name]) {
			bad(i, "imports "+name+": "+why)
		}
		if name == "math/rand/v2" && pkg != module+"/sim" {
			bad(i, "imports math/rand/v2: use a named sim.Stream")
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			bad(n, "go statement: use sim.Proc; sim/parallel starts its threads with sync.WaitGroup.Go")
		case *ast.SelectStmt:
			bad(n, "select: use sim.Proc.First")
		case *ast.ChanType:
			bad(n, "channel: use sim.Signal")
		case *ast.RangeStmt:
			if tv, ok := info.Types[n.X]; ok {
				if _, isMap := tv.Type.Underlying().(*types.Map); isMap {
					bad(n, "range over a map: keep an ordered slice beside it")
				}
			}
		case *ast.SelectorExpr:
			if obj := info.Uses[n.Sel]; obj != nil && obj.Pkg() != nil {
				name := obj.Pkg().Path() + "." + obj.Name()
				if forbiddenCalls[name] && !(pkg == threaded && allowedInThreaded[name]) {
					bad(n, "calls "+name+": virtual time only")
				}
			}
		case *ast.GenDecl:
			if n.Tok == token.VAR {
				packageVariable(f, n, bad)
			}
		}
		return true
	})
}

// packageVariable allows package-level variables only as read-only tables and sentinel errors; a name that
// is assigned to somewhere is found by the linter's reassign check.
func packageVariable(f *ast.File, n *ast.GenDecl, bad func(ast.Node, string)) {
	for _, d := range f.Decls {
		if d != n {
			continue
		}
		for _, s := range n.Specs {
			if v, ok := s.(*ast.ValueSpec); ok && len(v.Values) == 0 {
				bad(v, "package variable "+v.Names[0].Name+" without a value: nothing mutable is global")
			}
		}
	}
}
