// Owns: tests that the comparison finds differences, and that its tables cannot hide one.

using Xunit.Sdk;

namespace TinyHost.Metrics.PrometheusNet.Tests.Peers;

public sealed class PeerDifferenceTests
{
    [Fact]
    public void Facts_are_compared_by_name_and_value()
    {
        var theirs = PeerExposition.Read("# TYPE a counter\na_total{b=\"1\",c=\"x y\"} 1\nh_bucket{le=\"1\"} 2\nsame 3\n");
        var ours = PeerExposition.Read(
            "# TYPE a gauge\na_total{c=\"x y\",b=\"1\"} 1.0 # {trace_id=\"f\"} 5 1.5\nh_bucket{le=\"1.0\"} 2\nsame 4\nmore 1\n? 1\n");
        Assert.Equal(
            [
                "- type a = counter", "- same = 3", "+ type a = gauge", "+ exemplar a_total{b=\"1\",c=\"x y\"} = {trace_id=\"f\"} 5",
                "+ same = 4", "+ more = 1", "+ invalid line = ? 1",
            ],
            PeerDifference.Between(theirs, ours));
    }

    [Fact]
    public void A_difference_without_explanation_and_a_stale_explanation_fail()
    {
        PeerDifference[] table = [new("Why.", "- a{*} = 1", "+ b = 1")];
        PeerDifference.AssertExplained(["- a{c=\"d\"} = 1", "+ b = 1"], table);
        Assert.Throws<TrueException>(() => PeerDifference.AssertExplained(["- a{c=\"d\"} = 1", "+ b = 1", "+ b = 2"], table));
        Assert.Throws<TrueException>(() => PeerDifference.AssertExplained(["- a{c=\"d\"} = 1"], table));
        Assert.Throws<NotEqualException>(() => new PeerRename("Why.", "x_", "").Apply(new() { ["a"] = "1" }));
    }
}
