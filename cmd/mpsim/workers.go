package main

import (
	"fmt"
	"io"
	"runtime"
)

// processors turns the value of --workers into how many parts of a world may run side by side: never more
// than there are processors, because parts wait for each other. 0 stands for all of them.
func processors(asked int) (int, error) {
	if asked < 0 {
		return 0, badInput(fmt.Errorf("--workers %d: at least one, or 0 for every processor", asked))
	}
	have := runtime.GOMAXPROCS(0)
	if asked == 0 {
		return have, nil
	}
	return min(asked, have), nil
}

// printWorkers says on how many processors the world has run, if it was to run on several, and why on no
// more.
func printWorkers(w io.Writer, asked int, r *outcome) {
	switch {
	case asked == 1 || r.workers == asked:
	case r.whole != nil:
		fmt.Fprintf(w, "note: the world ran in one part: %v\n", r.whole)
	case asked > runtime.GOMAXPROCS(0):
		fmt.Fprintf(w, "note: the world ran in %d parts, there are %d processors\n",
			r.workers, runtime.GOMAXPROCS(0))
	}
}
