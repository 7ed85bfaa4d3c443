using System.Diagnostics.Metrics;
using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Expositions;

/// <summary>
/// Names that become equal under an escaping scheme: no family, series or label may be repeated.
/// </summary>
public sealed class AwkwardNamesTests
{
    private const string Characters = "a1._-\uD83DU";

    private static readonly string[] s_chosen =
    [
        "__name__", "_name_", "-name-", "_`name_", "_dot_a", ".a", "a_dot_b", "a-dot-b", "a.b", "a_b", "a-b", "a:b", "1a", "2a",
            "U__a_2e_b", "U_a", "U-a",
        "U__dot_a", "le", "exported_le", "exported`le", "", "\uFFFD", "\uDE00", "a_bucket", "a__bucket", "a._sum", "a_created",
            "a._created", "a.total", "a_._total",
    ];

    private static string[] Names { get; } =
        [.. s_chosen.Union(Characters.Select(c => c.ToString())).Union(Characters.SelectMany(c => Characters.Select(d => $"{c}{d}")))];

    [Theory]
    [InlineData(EscapingScheme.Underscores)]
    [InlineData(EscapingScheme.Dots)]
    [InlineData(EscapingScheme.Values)]
    [InlineData(EscapingScheme.AllowUtf8)]
    internal void No_family_or_sample_is_repeated(EscapingScheme scheme)
    {
        foreach (var seed in Enumerable.Range(0, 20))
        {
            using var test = new TestCollector(configure: options => options.CreatedSamples = true);
            var random = new Random(seed);
            string[] names = [.. Names];
            random.Shuffle(names);
            foreach (var name in names)
            {
                switch (random.Next(3))
                {
                    case 0: test.Meter.CreateGauge<int>(name).Record(1); break;
                    case 1: test.Meter.CreateCounter<int>(name).Add(1); break;
                    default: test.Meter.CreateHistogram<int>(name).Record(1); break;
                }
            }

            var families = test.Collect();
            foreach (var format in (TextFormat[])[TextFormat.Plain(scheme), TextFormat.OpenMetrics(scheme)])
            {
                var lines = TestCollector.Text(families, format).Split('\n', StringSplitOptions.RemoveEmptyEntries);
                AssertDistinct(lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(
                    line => line[..line.LastIndexOf(' ')]));
                AssertDistinct(lines.Where(line => !line.StartsWith('#')).Select(line => line[..line.LastIndexOf(' ')]));
            }

            AssertDistinct(TestCollector.Protobuf(families, scheme).Select(family => family.Get<string>("name")));
        }
    }

    [Theory]
    [InlineData(EscapingScheme.Underscores)]
    [InlineData(EscapingScheme.Dots)]
    [InlineData(EscapingScheme.Values)]
    [InlineData(EscapingScheme.AllowUtf8)]
    internal void No_label_or_series_is_repeated(EscapingScheme scheme)
    {
        var series = new Dictionary<string, LabelSet>();
        foreach (var labels in Sets())
        {
            var text = Encoding.UTF8.GetString(labels.TextIn(scheme));
            AssertDistinct(text.Split(',').Select(label => label[..label.IndexOf('=', StringComparison.Ordinal)]));
            Assert.All(text.Split(','), label => Assert.False(label.TrimStart('"').StartsWith("__", StringComparison.Ordinal)
                || label.StartsWith("le=", StringComparison.Ordinal), text));
            Assert.True(
                series.TryAdd(text, labels) || series[text].Equals(labels), $"{series[text]} and {labels} are both written as {text}");
        }
    }

    // Every single name, every pair of names, and every triple of the chosen names.
    private static IEnumerable<LabelSet> Sets()
    {
        foreach (var one in Names)
        {
            yield return Set((one, 1));
            foreach (var two in Names)
            {
                yield return Set((one, 1), (two, 2));
            }
        }

        foreach (var one in s_chosen)
        {
            foreach (var two in s_chosen)
            {
                foreach (var three in s_chosen)
                {
                    yield return Set((one, 1), (two, 2), (three, 3));
                }
            }
        }
    }

    private static LabelSet Set(params (string Name, int Value)[] tags) =>
        LabelSet.From([.. tags.Select(tag => new KeyValuePair<string, object?>(tag.Name, tag.Value))], [], "le");

    private static void AssertDistinct(IEnumerable<string> names)
    {
        var seen = new HashSet<string>();
        Assert.All(names, name => Assert.True(seen.Add(name), $"{name} is repeated"));
    }
}
