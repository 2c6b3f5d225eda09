package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"mpsim": func() { os.Exit(mainWith(os.Stdout, os.Stderr, os.Args[1:])) },
	})
}

// TestScripts runs the command as a person does: testdata/script/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status": cmdStatus, "same": cmdSame, "await": cmdAwait, "nothing": cmdNothing,
		},
	})
}

// cmdStatus runs a command and holds it to its exit status: status 2 mpsim run nope.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || !regexp.MustCompile(`^\d$`).MatchString(args[0]) {
		ts.Fatalf("usage: status N command...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if want := int(args[0][0] - '0'); got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// cmdSame holds the first match of a pattern in two files to be the same: same 'digest \w+' a b.
func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] same pattern file file")
	}
	pattern := regexp.MustCompile(`(?m)` + args[0])
	a, b := pattern.FindString(ts.ReadFile(args[1])), pattern.FindString(ts.ReadFile(args[2]))
	if a == "" || b == "" {
		ts.Fatalf("no match of %s: %q and %q", args[0], a, b)
	}
	if (a == b) == neg {
		ts.Fatalf("%q and %q", a, b)
	}
}

// cmdAwait waits until a file that matches a pattern appears.
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await pattern")
	}
	for range 1000 {
		if found, _ := filepath.Glob(ts.MkAbs(args[0])); len(found) > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("no file %s in 10 s", args[0])
}

// cmdNothing holds a pattern to match no file, hidden ones included.
func cmdNothing(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: nothing pattern...")
	}
	for _, a := range args {
		if found, _ := filepath.Glob(ts.MkAbs(a)); len(found) > 0 {
			ts.Fatalf("there is %v", found)
		}
	}
}
