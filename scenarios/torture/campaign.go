package torture

import (
	"context"
	"fmt"
	"runtime"
	"sync"
)

// Campaign is a row of worlds.
type Campaign struct {
	Seed    uint64 // of the first world
	Worlds  int
	Workers int // worlds at a time; 0: one a core
	Options Options
	// Twice is how many worlds share one that runs twice for the digest; 0: none.
	Twice int
	// Done, if not nil, is called for each world in the order of seeds; false ends the campaign.
	Done func(seed uint64, o *Outcome) bool
}

// Sum is what a campaign came to.
type Sum struct {
	Worlds   int
	Failed   []uint64 // seeds of worlds with violations, rising
	Events   uint64
	Coverage Coverage
}

// Name is what the scenario of a seed is called.
func Name(seed uint64) string { return fmt.Sprintf("torture/seed-%d", seed) }

// Run checks all worlds of the campaign. The result does not depend on the number of workers.
func (c *Campaign) Run(ctx context.Context) *Sum {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := c.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	// Each world has a slot of its own; a token a slot keeps workers from running far ahead of the report.
	slots := make([]chan *Outcome, c.Worlds)
	for i := range slots {
		slots[i] = make(chan *Outcome, 1)
	}
	next := make(chan int)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range next {
				slots[i] <- c.world(i)
			}
		})
	}
	go func() {
		defer close(next)
		for i := range c.Worlds {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	sum := &Sum{Coverage: Coverage{}}
	for i := range slots {
		select {
		case o := <-slots[i]:
			if !c.take(sum, i, o) {
				cancel()
			}
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
	}
	cancel()
	group.Wait()
	return sum
}

// take adds one world to the sum, and tells whether to go on.
func (c *Campaign) take(sum *Sum, i int, o *Outcome) bool {
	seed := c.Seed + uint64(i)
	sum.Worlds++
	sum.Events += o.Events
	sum.Coverage.merge(o.Coverage)
	if len(o.Violations) > 0 {
		sum.Failed = append(sum.Failed, seed)
	}
	return c.Done == nil || c.Done(seed, o)
}

// world checks the i-th world.
func (c *Campaign) world(i int) *Outcome {
	seed := c.Seed + uint64(i)
	file := Generate(seed)
	o := Check(Name(seed), file, c.Options)
	if c.Twice > 0 && i%c.Twice == 0 && len(o.Violations) == 0 {
		if again := Check(Name(seed), file, c.Options); again.Digest != o.Digest {
			o.add(Violation{Kind: Determinism, At: o.End,
				Text: fmt.Sprintf("two runs have the digests %s and %s", o.Digest, again.Digest)})
		}
	}
	return o
}
