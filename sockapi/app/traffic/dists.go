package traffic

import "fmt"

// segmentOctets is what the published tables count in: the payload of a full segment.
const segmentOctets = 1460

// WebSearch is the size of flows in a cluster that serves web search (Alizadeh et al., DCTCP, SIGCOMM 2010,
// figure 4), as the traffic generator of the HPCC study tabulates it. The mean is 1.71 MB.
func WebSearch() *Sizes {
	return &Sizes{"web-search", []SizePoint{
		{0, 0}, {10000, 150000}, {20000, 200000}, {30000, 300000}, {50000, 400000}, {80000, 530000},
		{200000, 600000},
		{1000000, 700000}, {2000000, 800000}, {5000000, 900000}, {10000000, 970000}, {30000000, million},
	}}
}

// DataMining is the size of flows in a cluster for data mining (Greenberg et al., VL2, SIGCOMM 2009, figure
// 2), as HKUST's TrafficGenerator tabulates it, in segments of 1460 octets. The mean is 7.47 MB: half of
// the flows are one segment, one in a hundred carries most of the octets.
func DataMining() *Sizes {
	segments := []SizePoint{
		{1, 500000}, {2, 600000}, {3, 700000}, {7, 800000}, {267, 900000}, {2107, 950000}, {66667, 990000},
		{666667, million},
	}
	for i := range segments {
		segments[i].Octets *= segmentOctets
	}
	return &Sizes{"data-mining", segments}
}

// SizesNames lists the distributions that have a name.
func SizesNames() []string { return []string{"web-search", "data-mining"} }

// SizesNamed returns the distribution of that name.
func SizesNamed(name string) (*Sizes, error) {
	switch name {
	case "web-search":
		return WebSearch(), nil
	case "data-mining":
		return DataMining(), nil
	}
	return nil, fmt.Errorf("flow sizes %q: no such distribution (have %v)", name, SizesNames())
}
