// Package sweep turns axes into points and points into runs, each with a stable name and seed.
//
// An axis is a path into the scenario and the values it takes, as on the command line:
// links.wifi.rate=8 Mbit/s,16 Mbit/s. The points are the product of all axes, the last axis varying
// fastest; each point is run once a seed. All schedulers, controllers and rates under one seed meet the
// same losses, since random streams are named after (seed, component, purpose): differences
// between points are paired differences.
//
// A scenario may come with a study: axes whose cases have names and set several values at once, what holds at
// every point, the number of replications (package spec reads it). Axes of the command line change its values
// or add to it.
//
// Limits: axes are plain products; no conditional axes and no adaptive number of replications.
package sweep
