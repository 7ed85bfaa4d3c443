// Owns: a bound that a ratio is meant to keep.
// Does not own: the ratio (Reach).

namespace TinyHost.Bench.Reporting;

/// <summary>A bound for a ratio, or for a value where there is no divisor.</summary>
internal sealed record Target(bool AtLeast, double Value)
{
    public bool IsMet(double value) => AtLeast ? value >= Value : value <= Value;

    public override string ToString() => $"{(AtLeast ? '≥' : '≤')} {Figure.Ratio(Value)}";
}
