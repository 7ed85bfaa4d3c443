// Owns: the one value of a series that only tells of something by its labels.
// Does not own: the labels.

namespace TinyHost.Metrics;

internal sealed class InfoSeries(LabelSet labels) : ScalarSeries(labels)
{
    internal override double Value => 1;

    internal override void Record(long value) => throw new InvalidOperationException("Nothing is recorded of the target.");

    internal override void Record(double value) => Record((long)value);
}
