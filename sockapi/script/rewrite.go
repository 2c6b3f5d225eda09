package script

import "go.starlark.net/syntax"

// isGuard tells names of functions that the compiler has put in, which no script can write.
func isGuard(name string) bool { return len(name) > 0 && name[0] == '.' }

func rewriteFile(f *syntax.File) error { return nil }
