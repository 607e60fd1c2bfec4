// Package scale reckons with weights, and answers gRPC calls about them.
package scale

import (
	"fmt"
	"math"

	"example.com/grpc/internal/scalepb"
)

// Grams of one unit.
var grams = map[scalepb.Unit]float64{
	scalepb.Unit_UNIT_GRAM:     1,
	scalepb.Unit_UNIT_KILOGRAM: 1000,
	scalepb.Unit_UNIT_OUNCE:    28.349523125,
	scalepb.Unit_UNIT_POUND:    453.59237,
}

// inGrams returns a weight in grams. None weighs nothing.
func inGrams(weight *scalepb.Weight) (float64, error) {
	if weight == nil {
		return 0, nil
	}
	factor, known := grams[weight.GetUnit()]
	if !known {
		return 0, fmt.Errorf("unit %d is none that is known", weight.GetUnit())
	}
	value := weight.GetValue()
	if value < 0 || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0, fmt.Errorf("%v is not a weight", value)
	}
	return value * factor, nil
}

// convert returns the weight in another unit.
func convert(weight *scalepb.Weight, unit scalepb.Unit) (*scalepb.Weight, error) {
	value, err := inGrams(weight)
	if err != nil {
		return nil, err
	}
	factor, known := grams[unit]
	if !known {
		return nil, fmt.Errorf("unit %d is none that is known", unit)
	}
	return &scalepb.Weight{Value: value / factor, Unit: unit}, nil
}

// summary adds up net weights in grams.
type summary struct {
	count              int64
	least, most, total float64
}

func (s *summary) add(gross, tare *scalepb.Weight) error {
	whole, err := inGrams(gross)
	if err != nil {
		return err
	}
	empty, err := inGrams(tare)
	if err != nil {
		return err
	}
	net := whole - empty
	if net < 0 {
		return fmt.Errorf("%v g is less than the container, which weighs %v g", whole, empty)
	}
	if s.count == 0 {
		s.least = net
	}
	s.least, s.most = min(s.least, net), max(s.most, net)
	s.total += net
	s.count++
	return nil
}

func (s *summary) mean() float64 {
	if s.count == 0 {
		return 0
	}
	return s.total / float64(s.count)
}
