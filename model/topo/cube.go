package topo

// Cube says that a plan is a BCube: host h is at the address whose digits, lowest first, are those of h to
// base N, and its interface i leads to a switch of level i.
type Cube struct{ N, Levels int }
