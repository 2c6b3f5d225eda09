package stats

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"
)

// Resamples is how many resamples a bootstrap draws: enough for two digits of a 95% interval.
const Resamples = 2000

// Bootstrap returns statistic(values) with the interval between the quantiles of the statistic over
// resamples, drawn with replacement. stream names the draws: the same name and values give the same interval.
func Bootstrap(
	values []float64, statistic func([]float64) float64, confidence float64, stream string,
) Interval {
	mustShare(confidence)
	est := statistic(values)
	n := len(values)
	if n < 2 {
		return Interval{Estimate: est, Low: est, High: est, N: n}
	}
	seed := sha256.Sum256([]byte(stream))
	random := rand.New(rand.NewPCG(binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:16])))
	drawn := make([]float64, n)
	outcomes := make([]float64, Resamples)
	for i := range outcomes {
		for j := range drawn {
			drawn[j] = values[random.IntN(n)]
		}
		outcomes[i] = statistic(drawn)
	}
	slices.Sort(outcomes)
	tail := (1 - confidence) / 2
	return Interval{Estimate: est, Low: min(est, Quantile(outcomes, tail)),
		High: max(est, Quantile(outcomes, 1-tail)), N: n, Known: true}
}
