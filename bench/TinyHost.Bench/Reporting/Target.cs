// Owns: what a target is: a bound on one figure or ratio.

using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

/// <summary>One measure of one TinyHost row divided by another row's, or undivided if <paramref name="Divisor"/> is null.</summary>
internal sealed record Target(string Title, string Mode, string Workload, Measure Measure, Server Row, Server? Divisor, Bound Bound);

/// <summary>A lower or upper bound.</summary>
internal sealed record Bound(bool IsLower, double Value)
{
    public bool IsMet(double value) => IsLower ? value >= Value : value <= Value;

    public override string ToString() => $"{(IsLower ? '≥' : '≤')} {Figure.Ratio(Value)}";
}
