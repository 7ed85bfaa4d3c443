// Owns: that Prometheus accepts the files of deploy/prometheus, and that each alert fires in a test of promtool.

using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;
using YamlDotNet.Serialization;

namespace TinyHost.EndToEnd.Deploy;

public sealed partial class PrometheusFilesTests
{
    private const string Rules = "deploy/prometheus/rules.yml";
    private const string RuleTests = "deploy/prometheus/rules.test.yml";
    private const string Configuration = "deploy/prometheus/prometheus.yml";

    [Theory]
    [InlineData("SUCCESS: ", "check", "rules", Rules)]
    [InlineData("SUCCESS", "test", "rules", RuleTests)]
    public async Task Promtool_accepts_a_file(string expected, string verb, string kind, string file)
    {
        var promtool = OutsideProgram.Require("promtool", package: "prometheus");
        var (exitCode, output, errors) = await ChildProcess.RunAsync(promtool, [verb, kind, Repository.File(file)]);
        Assert.True(exitCode == 0, output + errors);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promtool_accepts_the_configuration()
    {
        var promtool = OutsideProgram.Require("promtool", package: "prometheus");
        using var directory = new TemporaryDirectory();
        // Debian builds Prometheus without this discovery.
        var file = new DeployedFile(Configuration).Replace("    kubernetes_sd_configs:\n      - role: pod\n", "    static_configs: []\n");
        directory.Write("rules.yml", await File.ReadAllTextAsync(Repository.File(Rules), TestContext.Current.CancellationToken));
        var (exitCode, output, errors) = await ChildProcess.RunAsync(
            promtool, ["check", "config", directory.Write("prometheus.yml", file.Text)]);
        Assert.True(exitCode == 0, output + errors);
        Assert.Contains("SUCCESS: 1 rule files found", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_alert_fires_in_a_test()
    {
        Assert.Equal(Names(AlertName(), Rules), Names(FiredAlert(), RuleTests));

        static IEnumerable<string> Names(Regex pattern, string file) =>
            pattern.Matches(File.ReadAllText(Repository.File(file))).Select(match => match.Groups[1].Value).Distinct().Order();
    }

    [Fact]
    public async Task Pods_are_found_by_their_annotations_and_scaled_by_their_requests()
    {
        var manifests = new Manifests();
        var template = manifests.Deployment.Spec.Template.Metadata;
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);
        await using var prometheus = await PrometheusServer.StartConfiguredAsync(Discovery(manifests, daemon));
        await Deadline.UntilAsync("calls", () => CallsSeenAsync(daemon, prometheus), rate => rate > 0);

        var name = template.Labels["app.kubernetes.io/name"];
        Assert.Equal(1, await prometheus.QueryAsync($$"""count(up{job="{{name}}",namespace="shop",pod="shop-1"} == 1)"""));
        // The container's other port, and the pod that does not want to be scraped, are no targets.
        Assert.Equal(1, await prometheus.QueryAsync("count(up)"));

        var rule = AdapterRule();
        var metric = Assert.Single(manifests.Find<k8s.Models.V2HorizontalPodAutoscaler>().Spec.Metrics).Pods.Metric.Name;
        var naming = (Dictionary<object, object>)rule["name"];
        Assert.Equal(metric, naming["as"]);
        var series = Regex.Match((string)rule["seriesQuery"], "^([a-z_]+){(.*)}$");
        Assert.Matches((string)naming["matches"], series.Groups[1].Value);
        var query = ((string)rule["metricsQuery"])
            .Replace("<<.Series>>", series.Groups[1].Value, StringComparison.Ordinal)
            .Replace("<<.LabelMatchers>>", """namespace="shop",pod=~"shop-1|shop-2" """, StringComparison.Ordinal)
            .Replace("<<.GroupBy>>", "pod", StringComparison.Ordinal);
        Assert.True(await prometheus.QueryAsync(query) > 0, query);
        Assert.True(await prometheus.QueryAsync($"count({rule["seriesQuery"]})") > 0);
    }

    /// <summary>Calls the example, and returns the rate that the autoscaler would see.</summary>
    private static async Task<double> CallsSeenAsync(Daemon daemon, PrometheusServer prometheus)
    {
        await daemon.App.CallAsync("add", "[1,2]");
        return await prometheus.QueryAsync("sum(rate(http_server_request_duration_seconds_count[1m]))");
    }

    private static Dictionary<object, object> AdapterRule()
    {
        var rules = (Dictionary<object, object>)Manifests.Plain("prometheus-adapter.yaml")["rules"];
        return (Dictionary<object, object>)Assert.Single((List<object>)rules["custom"]);
    }

    /// <summary>
    /// The job for pods, with what Kubernetes would say of three of them in the place of its API: the example, its other port, and a pod
    /// without the annotation.
    /// </summary>
    private static string Discovery(Manifests manifests, Daemon daemon)
    {
        var deserializer = new DeserializerBuilder().Build();
        var configuration = deserializer.Deserialize<Dictionary<string, object>>(File.ReadAllText(Repository.File(Configuration)));
        var jobs = (List<object>)configuration["scrape_configs"];
        var job = (Dictionary<object, object>)jobs.Single(job => ((Dictionary<object, object>)job).ContainsKey("kubernetes_sd_configs"));
        job.Remove("kubernetes_sd_configs");
        job["static_configs"] = new List<object>
        {
            Pod(isAnnotated: true, daemon.MetricsPort, $"{daemon.MetricsPort}"),
            Pod(isAnnotated: true, daemon.AppPort, $"{daemon.AppPort}"),
            Pod(isAnnotated: false, daemon.MetricsPort, $"{daemon.MetricsPort}"),
        };
        configuration["scrape_configs"] = new List<object> { job };
        configuration["global"] = new Dictionary<string, string> { ["scrape_interval"] = "1s", ["scrape_timeout"] = "1s" };
        configuration.Remove("rule_files");
        return new SerializerBuilder().WithQuotingNecessaryStrings().Build().Serialize(configuration);

        Dictionary<string, object> Pod(bool isAnnotated, int port, string containerPort)
        {
            var labels = new Dictionary<string, string>
            {
                ["__meta_kubernetes_namespace"] = "shop",
                ["__meta_kubernetes_pod_name"] = "shop-1",
                ["__meta_kubernetes_pod_phase"] = "Running",
                ["__meta_kubernetes_pod_container_port_number"] = containerPort,
            };
            var template = manifests.Deployment.Spec.Template.Metadata;
            foreach (var (key, value) in template.Labels)
            {
                labels["__meta_kubernetes_pod_label_" + NoLabelCharacter().Replace(key, "_")] = value;
            }

            foreach (var (key, value) in isAnnotated ? template.Annotations : new Dictionary<string, string>())
            {
                // The example runs on another port here.
                var number = key == "prometheus.io/port" ? $"{daemon.MetricsPort}" : value;
                labels["__meta_kubernetes_pod_annotation_" + NoLabelCharacter().Replace(key, "_")] = number;
            }

            return new() { ["targets"] = new[] { $"127.0.0.1:{port}" }, ["labels"] = labels };
        }
    }

    [GeneratedRegex(@"^ +- alert: (\w+)$", RegexOptions.Multiline)]
    private static partial Regex AlertName();

    [GeneratedRegex(@"- alertname: (\w+)\n +eval_time: \w+\n +exp_alerts:\n +- exp_labels")]
    private static partial Regex FiredAlert();

    [GeneratedRegex("[^a-zA-Z0-9_]")]
    private static partial Regex NoLabelCharacter();
}
