// Package stats turns the values that runs leave into the numbers that papers print: means with
// confidence intervals over replications, quantiles with theirs, empirical distributions with a band.
//
// Sources:
//   - Mean: Student's t over independent replications, never over packets of one run (Law, "Simulation
//     Modeling and Analysis", on independent replications). Compared systems that met the same random
//     losses have paired differences, whose interval is narrower.
//   - Quantile: linear interpolation between order statistics (gonum's LinInterp); its interval from the
//     binomial distribution of the number of values below it, which assumes nothing about their shape.
//   - Band of a distribution: Dvoretzky, Kiefer and Wolfowitz (1956) with Massart's constant (1990).
//   - Anything else, of skewed values: percentile bootstrap (Efron 1979), resampled by a stream named by
//     the caller, so that the same values give the same interval.
//   - Fairness: Jain, Chiu and Hawe (DEC-TR-301, 1984).
//
// Limits: values inside one run (flows that shared a queue) are not independent; a band over pooled values
// says how well they are sampled, not how much another seed would differ. Callers say which it is.
//
// Validated by: tables of Student's t and of the binomial distribution, exact small cases, and properties:
// an interval holds its estimate, quantiles rise, a bootstrap repeats itself.
package stats
