package sim

import "mpsim/sim/unit"

// Time is an instant of virtual time in nanoseconds since the start of the run.
type Time int64

// Never is later than every event.
const Never Time = 1<<63 - 1

// Add returns the instant d after t.
func (t Time) Add(d unit.Duration) Time { return t + Time(d) }

// Sub returns the span from u to t.
func (t Time) Sub(u Time) unit.Duration { return unit.Duration(t - u) }

// Component names one part of the world that can be the source of events: a link, a host, an
// application. Components are numbered in the order they are made; ties in time order by component,
// then by the event's own number inside it, and the digest combines components in this order.
type Component uint32

// Kind names one registered Handler: the array of one type of object (links, endpoints ...).
type Kind uint8

// EventID is a component's right to one pending event. Zero is none.
type EventID uint32

// Handler is called for each event of its kind with the index given to NewEvent.
type Handler func(now Time, index uint32)

// World is one simulated world: clock, pending events, random streams, processes, digest.
type World struct{}

// NewWorld returns an empty world at time 0 whose random streams derive from seed.
func NewWorld(seed uint64) *World { panic("skeleton") }

// Now returns the current virtual time. Seed returns the master seed.
func (w *World) Now() Time    { panic("skeleton") }
func (w *World) Seed() uint64 { panic("skeleton") }

// Component makes the next component. Names are paths such as "link/wifi.down"; unique.
func (w *World) Component(name string) Component { panic("skeleton") }

// DigestOf registers the function that returns c's running hash. Called only by Digest.
func (w *World) DigestOf(c Component, hash func() uint64) { panic("skeleton") }

// Digest combines all components' names and hashes in component order: 32 hexadecimal digits.
func (w *World) Digest() string { panic("skeleton") }

// NewKind registers a handler for a whole array of objects.
func (w *World) NewKind(name string, h Handler) Kind { panic("skeleton") }

// NewEvent makes an event (unarmed) of kind k with this index, whose source is src. Its tie-break
// rank is (src, n) with n the number of events made for src before it. FreeEvent gives it back.
func (w *World) NewEvent(k Kind, index uint32, src Component) EventID { panic("skeleton") }
func (w *World) FreeEvent(e EventID)                                  { panic("skeleton") }

// Arm schedules e at the given time, moving it if it is pending. Panics (with seed and time) if
// at lies before now. Disarm removes it. ArmedAt returns Never if not pending.
func (w *World) Arm(e EventID, at Time) { panic("skeleton") }
func (w *World) Disarm(e EventID)       { panic("skeleton") }
func (w *World) ArmedAt(e EventID) Time { panic("skeleton") }

// Call runs f at the given time with src as its source: for edges (timetables, builders,
// applications), it allocates. Never used per packet.
func (w *World) Call(src Component, at Time, f func(now Time)) { panic("skeleton") }

// Run handles every event up to and including until, then sets the clock to until. It returns
// early, with the clock at the last event handled, after Stop.
func (w *World) Run(until Time) { panic("skeleton") }
func (w *World) Stop()          { panic("skeleton") }

// Close ends every process that still blocks. The world cannot run afterwards.
func (w *World) Close() { panic("skeleton") }

// Stream opens the named random stream; the same (seed, name) gives the same numbers.
func (w *World) Stream(name string) *Stream { panic("skeleton") }

// Stream is one named random stream (PCG seeded from SHA-256 of seed and name).
type Stream struct{}

func (s *Stream) Uint64() uint64               { panic("skeleton") }
func (s *Stream) Uint32() uint32               { panic("skeleton") }
func (s *Stream) Below(n uint64) uint64        { panic("skeleton") } // uniform in [0, n)
func (s *Stream) Chance(threshold uint64) bool { panic("skeleton") } // true with probability threshold/2^64
func (s *Stream) Bernoulli(r unit.Ratio) bool  { panic("skeleton") }

// Timer is a soft deadline: moving it later costs nothing. Init once; the kind's handler must call
// Due first and return when it says false (the deadline had moved; it has re-armed itself).
type Timer struct{}

func (t *Timer) Init(w *World, k Kind, index uint32, src Component) { panic("skeleton") }
func (t *Timer) Set(w *World, at Time)                              { panic("skeleton") }
func (t *Timer) Stop()                                              { panic("skeleton") }
func (t *Timer) Deadline() Time                                     { panic("skeleton") } // Never if stopped
func (t *Timer) Due(w *World, now Time) bool                        { panic("skeleton") }
func (t *Timer) Free(w *World)                                      { panic("skeleton") }

// Hash is a running digest of what a component did. The zero value is ready.
type Hash uint64

// Mix folds one value in: one multiply.
func (h *Hash) Mix(v uint64) { panic("skeleton") }

// Proc is a process: a coroutine that blocks in virtual time.
type Proc struct{}

// Go starts body as a process of component src at the current time (before the next later event).
func (w *World) Go(src Component, name string, body func(p *Proc)) *Proc { panic("skeleton") }

func (p *Proc) World() *World { panic("skeleton") }
func (p *Proc) Now() Time     { panic("skeleton") }

// Sleep blocks for d. Returns the interrupt's error, or nil.
func (p *Proc) Sleep(d unit.Duration) error { panic("skeleton") }

// First blocks until one of the signals is notified or the deadline passes (Never: none). It
// returns the signal's index, or -1 at the deadline, or the interrupt's error.
func (p *Proc) First(deadline Time, signals ...*Signal) (int, error) { panic("skeleton") }

// Wait is First of one signal without deadline.
func (p *Proc) Wait(s *Signal) error { panic("skeleton") }

// Interrupt makes p's current (or next) blocking call return err. Kill unwinds it. Done is
// notified when its body has returned.
func (p *Proc) Interrupt(err error) { panic("skeleton") }
func (p *Proc) Done() *Signal       { panic("skeleton") }

// Signal wakes the processes that wait on it. The zero value is ready.
type Signal struct{}

// Notify wakes all waiters at the current time, in the order they began to wait.
func (s *Signal) Notify(w *World) { panic("skeleton") }

// Fail panics with the seed and the simulated time: for broken invariants only.
func (w *World) Fail(format string, args ...any) { panic("skeleton") }
