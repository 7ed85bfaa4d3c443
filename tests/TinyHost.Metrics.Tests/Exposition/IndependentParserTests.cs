using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Expositions;

/// <summary>Reads expositions back with Prometheus's own tools, which share no code with the library.</summary>
public sealed class IndependentParserTests
{
    private const string Read = """
        import sys, json
        from prometheus_client.parser import text_string_to_metric_families
        text = sys.stdin.buffer.read().decode("utf-8")
        print(json.dumps([
            {"name": f.name, "type": f.type, "help": f.documentation,
             "samples": [{"name": s.name, "labels": s.labels, "value": repr(float(s.value))} for s in f.samples]}
            for f in text_string_to_metric_families(text)]))
        """;

    [Fact]
    public async Task The_Python_client_reads_everything_back()
    {
        await OutsideProgram.SkipWithoutPythonClientAsync();
        using var test = new TestCollector(configure: options => options.Meters.Add("System.Runtime"));
        Zoo.Fill(test.Meter);
        MetricFamily[] families = [.. test.Collect(), .. test.CollectOwn()];
        var text = TestCollector.Text(families);
        var (exitCode, output, error) = await OutsideProgram.RunAsync(OutsideProgram.Python, ["-c", Read], text);
        Assert.True(exitCode == 0, error);
        var read = JsonDocument.Parse(output).RootElement.EnumerateArray().ToDictionary(family => family.GetProperty("name").GetString()!);

        // The parser names a counter without _total.
        string ReadName(MetricFamily family) => family.Type == FamilyType.Counter ? family.Name[..^"_total".Length] : family.Name;
        MetricFamily[] present = [.. families.Where(family => text.Contains($"# TYPE {family.Name} ", StringComparison.Ordinal))];
        Assert.Equal(present.Select(ReadName).Order(StringComparer.Ordinal), read.Keys.Order(StringComparer.Ordinal));
        foreach (var family in present)
        {
            var found = read[ReadName(family)];
            var type = family.Type == FamilyType.Info ? FamilyType.Gauge : family.Type;
            Assert.Equal(type.ToString().ToLowerInvariant(), found.GetProperty("type").GetString());
            Assert.Equal(family.Definition.Help, found.GetProperty("help").GetString());
        }

        Assert.Equal(
            ["\\", "\"", "\n", "\\n", "a\0b", "\r", "\t", "😀", "{}", "a,b=\"c\"", "\uFFFD", "\u2028"],
            Samples(read["label_values"]).Select(sample => sample.GetProperty("labels").GetProperty("value").GetString()));
        foreach (var sample in Samples(read["extremes"]))
        {
            var of = sample.GetProperty("labels").GetProperty("of").GetString()!;
            Assert.Equal(double.Parse(of, CultureInfo.InvariantCulture), PythonFloat(sample.GetProperty("value").GetString()!));
        }

        Assert.Equal(15, Samples(read["extremes"]).Count());
        double[] buckets =
        [
            .. Samples(read["duration_seconds"])
                .Where(sample => sample.GetProperty("name").GetString() == "duration_seconds_bucket"
                    && sample.GetProperty("labels").TryGetProperty("route", out _))
                .Select(sample => PythonFloat(sample.GetProperty("value").GetString()!)),
        ];
        Assert.Equal([1, 1, 2, 2, 2, 3], buckets);
    }

    private const string ReadRandom = """
        import sys, json
        from prometheus_client.parser import text_string_to_metric_families as text
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
        documents = json.load(sys.stdin)
        def read(parser, document):
            # The text parser appends _total to the samples of a counter without it.
            return [(s.name.removesuffix("_total"), float(s.value), sorted(
                        (name, float(value) if name == "le" and f.type == "histogram" else value) for name, value in s.labels.items()))
                    for f in parser(document) for s in f.samples]
        for plain, om in documents:
            a, b = read(text, plain), read(openmetrics, om)
            assert sorted(map(repr, a)) == sorted(map(repr, b)), (plain, om)
        print(len(documents))
        """;

    [Fact]
    public async Task The_Python_OpenMetrics_and_text_parsers_agree_on_random_registries()
    {
        await OutsideProgram.SkipWithoutPythonClientAsync();
        string[][] documents = [.. Enumerable.Range(0, 40).Select(RandomDocuments)];
        var (exitCode, output, error) = await OutsideProgram.RunAsync(
            OutsideProgram.Python, ["-c", ReadRandom], JsonSerializer.Serialize(documents));
        Assert.True(exitCode == 0, error);
        Assert.Equal("40", output.Trim());
    }

    /// <summary>Every pair of names and kinds that sanitizing or suffixes bring together.</summary>
    [Fact]
    public async Task The_Python_parsers_read_awkward_names_and_tags()
    {
        await OutsideProgram.SkipWithoutPythonClientAsync();
        string[] names =
        [
            "", "_", "___", "订单", "用户", "_total", "total", ".total", "a", "a.b", "a_b", "a-b", "a.total", "a_total", "a.count", "a_bucket",
            "a.sum", "a_created", "a.info", "info", "bucket", "count", "sum", "created", "5", ":", "a b", " a", "a\n", "a\uD83D", "\uFEFF",
            "seconds", "a.seconds", "a_seconds_total", "le", "quantile", "__name__", new string('x', 10_000),
        ];
        string?[] units = [null, "s", "µs", "1", "%", "{a}/s", "total", "count", "°C", "info", "created", "bucket"];
        string[][] documents = [.. Enumerable.Range(0, 40).Select(seed => AwkwardDocuments(names, units, new Random(seed)))];
        var (exitCode, output, error) = await OutsideProgram.RunAsync(
            OutsideProgram.Python, ["-c", ReadRandom], JsonSerializer.Serialize(documents));
        Assert.True(exitCode == 0, error);
        Assert.Equal("40", output.Trim());
    }

    private static string[] AwkwardDocuments(string[] names, string?[] units, Random random)
    {
        using var test = new TestCollector(configure: options =>
        {
            options.Labels["env"] = "prod";
            options.View = instrument => new MetricView { AddSuffixes = instrument.Unit != "%" };
        });
        for (var i = 0; i < 60; i++)
        {
            var (name, unit) = (names[random.Next(names.Length)], units[random.Next(units.Length)]);
            var tag = names[random.Next(names.Length)];
            KeyValuePair<string, object?>[] tags = [new(tag, "x"), new(names[random.Next(names.Length)], "y"), new(tag, "z")];
            switch (random.Next(4))
            {
                case 0: test.Meter.CreateCounter<int>(name, unit).Add(1, tags); break;
                case 1: test.Meter.CreateHistogram<int>(name, unit).Record(1, tags); break;
                case 2: test.Meter.CreateObservableCounter(name, () => new Measurement<int>(1, tags), unit); break;
                default: test.Meter.CreateGauge<int>(name, unit).Record(1, tags); break;
            }
        }

        var families = test.Collect();
        return [TestCollector.Text(families), TestCollector.Text(families, TextFormat.OpenMetrics(EscapingScheme.Underscores))];
    }

    private static string[] RandomDocuments(int seed)
    {
        using var test = new TestCollector(configure: options => options.Resource["service.name"] = "random");
        RandomRegistry.Fill(test.Meter, new Random(seed));
        MetricFamily[] families = [.. test.CollectTarget(), .. test.Collect()];
        return [TestCollector.Text(families), TestCollector.Text(families, TextFormat.OpenMetrics(EscapingScheme.Underscores))];
    }

    [Fact]
    public async Task The_Python_OpenMetrics_parser_reads_exemplars_and_creation_times()
    {
        await OutsideProgram.SkipWithoutPythonClientAsync();
        using var test = new TestCollector(configure: options =>
        {
            options.Meters.Add("System.Runtime");
            options.CreatedSamples = true;
            options.ScopeLabels = true;
            options.Resource["service.name"] = "zoo";
        });
        using (new Activity("span") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.SetIdFormat(ActivityIdFormat.W3C).Start())
        {
            Zoo.Fill(test.Meter);
        }

        MetricFamily[] families = [.. test.CollectOwn(), .. test.Collect()];
        const string read = """
            import sys
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
            samples = [s for f in text_string_to_metric_families(sys.stdin.buffer.read().decode("utf-8")) for s in f.samples]
            # Exceptions that other tests throw make series of the runtime's own.
            print(sum(1 for s in samples if s.exemplar), sum(
                1 for s in samples if s.name.endswith("_created") and not s.name.startswith("dotnet_")))
            """;
        var (exitCode, output, error) = await OutsideProgram.RunAsync(
            OutsideProgram.Python, ["-c", read], TestCollector.Text(families, TextFormat.OpenMetrics(EscapingScheme.Underscores)));
        Assert.True(exitCode == 0, error);

        // Four counter series, two series of a histogram with four buckets, and a series of another; each has a creation time.
        Assert.Equal("9 7", output.Trim());
    }

    [Fact]
    public async Task Promtool_accepts_the_default_families()
    {
        const string promtool = "/usr/bin/promtool";
        if (!File.Exists(promtool))
        {
            Assert.Skip("Debian's promtool (package prometheus) is not installed.");
        }

        using var test = new TestCollector(limit: 1, configure: options => options.Meters.Add("System.Runtime"));
        var counter = test.Meter.CreateCounter<int>("orders");
        counter.Add(1, new KeyValuePair<string, object?>("a", 1));
        counter.Add(1, new KeyValuePair<string, object?>("a", 2));
        MetricFamily[] families = [.. test.Collect(), .. test.CollectOwn()];
        var (exitCode, output, error) = await OutsideProgram.RunAsync(promtool, ["check", "metrics"], TestCollector.Text(families));
        Assert.Equal("", output + error);
        Assert.Equal(0, exitCode);
    }

    private static JsonElement.ArrayEnumerator Samples(JsonElement family) => family.GetProperty("samples").EnumerateArray();

    private static double PythonFloat(string value) => value switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        "nan" => double.NaN,
        _ => double.Parse(value, CultureInfo.InvariantCulture),
    };
}
