using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class ObservableSourceTests
{
    [Fact]
    public void Reports_of_a_disposed_observable_are_dropped()
    {
        using var test = new TestCollector();
        test.Meter.CreateObservableGauge("g", () => 1L);
        var family = Assert.Single(test.Collect());
        var table = family.Tables.For(family.Definition);
        using var meter = new Meter(TestCollector.NewMeterName());
        var completed = 0;
        var instrument = new DisposedWhileObserved<long>(meter);
        using var source = new ObservableSource(instrument, table, (_, _) => completed++);
        source.Start();
        source.Observe();
        Assert.True(instrument.WasObserved);
        Assert.Equal(1, completed);
        Assert.Equal(["g 1"], test.Samples());
    }

    [Fact]
    public void A_callback_may_dispose_its_own_meter()
    {
        using var test = new TestCollector();
        using var other = new Meter(test.MeterName);
        IEnumerable<Measurement<long>> Report()
        {
            yield return new(1, new KeyValuePair<string, object?>("i", 1));
            other.Dispose();
            yield return new(2, new KeyValuePair<string, object?>("i", 2));
        }

        other.CreateObservableGauge("gone", Report);
        test.Meter.CreateObservableGauge("stays", () => 1L);
        test.Collect();
        Assert.Equal(["stays 1"], test.Samples());
        Assert.Empty(test.Log.Entries);
    }

    // Disposed after the listener has decided to observe it and before it looks up its state.
    private sealed class DisposedWhileObserved<T> : ObservableInstrument<T>
        where T : struct
    {
        private bool _armed;

        internal DisposedWhileObserved(Meter meter)
            : base(meter, "gone", null, null)
        {
            Publish();
            _armed = true;
        }

        internal bool WasObserved { get; private set; }

        public override bool IsObservable
        {
            get
            {
                if (_armed)
                {
                    _armed = false;
                    Meter.Dispose();
                }

                return true;
            }
        }

        protected override IEnumerable<Measurement<T>> Observe()
        {
            WasObserved = true;
            return [default];
        }
    }
}
