using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Foreign;

/// <summary>Labels of all series on the samples of exporters.</summary>
[Collection(ServersAlone.Name)]
public sealed class AddedLabelTests
{
    private static readonly AddedLabels s_labels =
        AddedLabels.Of(new Dictionary<string, string> { ["env"] = "a\"b", ["data.center"] = "eu", ["empty"] = "" })!;

    [Theory]
    [InlineData("a 1", "a{data_center=\"eu\",env=\"a\\\"b\"} 1")]
    [InlineData("a{} 1", "a{data_center=\"eu\",env=\"a\\\"b\"} 1")]
    [InlineData("a{b=\"c\"} 1 5", "a{data_center=\"eu\",env=\"a\\\"b\",b=\"c\"} 1 5")]
    [InlineData("a{env=\"own\"} 1", "a{data_center=\"eu\",env=\"own\"} 1")]
    [InlineData("a{env=\"\"} 1", "a{data_center=\"eu\",env=\"\"} 1")]
    [InlineData("a{data_center=\"us\",env=\"own\"} 1", "a{data_center=\"us\",env=\"own\"} 1")]
    [InlineData("a{b=\"{env=\"} 1", "a{data_center=\"eu\",env=\"a\\\"b\",b=\"{env=\"} 1")]
    public void Each_sample_gets_the_labels_it_lacks(string line, string expected)
    {
        foreach (var format in Enum.GetValues<ExporterFormat>())
        {
            Assert.Equal($"# TYPE a gauge\n{expected}\n", Read(format, $"# TYPE a gauge\n{line}\n"));
        }
    }

    [Theory]
    [InlineData("a \t{ b=\"c\", } 1", "a \t{data_center=\"eu\",env=\"a\\\"b\", b=\"c\", } 1")]
    [InlineData("a { } 1", "a {data_center=\"eu\",env=\"a\\\"b\" } 1")]
    [InlineData("a\t1", "a{data_center=\"eu\",env=\"a\\\"b\"}\t1")]
    public void Spaces_of_the_text_format_are_kept(string line, string expected) =>
        Assert.Equal($"{expected}\n", Read(ExporterFormat.Text, line + "\n"));

    [Fact]
    public void Comments_and_exemplars_stay_as_they_are()
    {
        const string text = "# HELP a C:\\temp {x}\n# TYPE a counter\na_total 1 # {env=\"x\"} 1\na_created 5\n";
        Assert.Equal(
            "# HELP a C:\\\\temp {x}\n# TYPE a counter\na_total{data_center=\"eu\",env=\"a\\\"b\"} 1 # {env=\"x\"} 1\n"
                + "a_created{data_center=\"eu\",env=\"a\\\"b\"} 5\n",
            Read(ExporterFormat.OpenMetrics, text));
    }

    [Fact]
    public void Without_labels_there_is_nothing_to_add() =>
        Assert.Null(AddedLabels.Of(new Dictionary<string, string> { ["empty"] = "" }));

    [Fact]
    public async Task Labels_of_the_settings_are_on_the_series_of_exporters_alone_or_beside_the_built_in_ones()
    {
        foreach (var alone in (bool[])[false, true])
        {
            await using var server = await MetricsServer.StartAsync(options =>
            {
                options.Exporters.Add(new StandInExporter("# TYPE x gauge\nx 1\n"));
                options.ExportersAlone = alone;
                options.Labels["env"] = "prod";
            });
            var text = await server.ScrapeAsync();
            Assert.Contains("x{env=\"prod\"} 1\n", text, StringComparison.Ordinal);
            Assert.All(
                text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#'),
                line => Assert.Contains("env=\"prod\"", line, StringComparison.Ordinal));
        }
    }

    private static string Read(ExporterFormat format, string text)
    {
        var reader = new ExporterReader(Encoding.UTF8.GetBytes(text), format, labels: s_labels);
        while (reader.Read(1_000))
        {
        }

        Assert.All(reader.Families, family => Assert.Null(family.Fault));
        return string.Concat(reader.Families.Select(family => Encoding.UTF8.GetString(family.Text.Span)));
    }
}
