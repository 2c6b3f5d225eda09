package script

// DefaultLimits returns what a field of Limits that is 0 stands for.
func DefaultLimits() Limits { return Limits{}.withDefaults() }
