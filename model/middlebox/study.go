package middlebox

import "mpsim/sim/unit"

// Study2011 returns the boxes of a random path as Honda et al., "Is it still possible to extend TCP?", IMC
// 2011, found them in 142 access networks: options removed from SYNs, initial sequence numbers rewritten,
// no data behind holes, acknowledgments of unseen data corrected; each with the frequency measured on port
// 80 or, http false, on other ports. Each draws by itself, once a connection. name is put before the boxes'
// own names.
func Study2011(name string, http bool) []Config {
	percent := [...]uint64{6, 10, 5, 26}
	if http {
		percent = [...]uint64{14, 18, 11, 33}
	}
	boxes := []Config{
		{Name: name + ".option-remover", Do: Options{Set: Unknown, On: SYNSegments}},
		{Name: name + ".sequence-rewriter", Do: ISN{}},
		{Name: name + ".hole-blocker", Do: Holes{}},
		{Name: name + ".ack-checker", Do: Acks{}},
	}
	for i := range boxes {
		boxes[i].Probability = unit.Ratio{Num: percent[i], Den: 100}
	}
	return boxes
}
