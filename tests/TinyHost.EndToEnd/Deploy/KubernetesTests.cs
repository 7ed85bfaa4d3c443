// Owns: that deploy/kubernetes is valid and agrees with the JSON-RPC example: its ports, paths and timings.

using System.Globalization;
using System.Net;
using k8s.Models;
using Microsoft.Extensions.Hosting;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

public sealed class KubernetesTests
{
    // After HostOptions.ShutdownTimeout handlers have this long to end: docs/hosting.md, "Stopping".
    private const int AbortSeconds = 5;

    private readonly Manifests _manifests = new();

    [Fact]
    public void Every_object_is_applied_once()
    {
        var files = Directory.GetFiles(Repository.File("deploy/kubernetes"), "*.yaml").Select(Path.GetFileName);
        Assert.Equal(files.Order(), Manifests.Files.Append("kustomization.yaml").Append("prometheus-adapter.yaml").Order());
        Assert.All(Manifests.Files, file => Assert.Single(Manifests.Parse(Manifests.Text(file))));
    }

    [Theory]
    [InlineData("deployment.yaml", "terminationGracePeriodSeconds:", "terminationGracePeriod:")]
    [InlineData("deployment.yaml", "periodSeconds:", "period:")]
    [InlineData("podmonitor.yaml", "podMetricsEndpoints:", "endpoints:")]
    [InlineData("networkpolicy.yaml", "podSelector:", "selector:")]
    public void A_misspelt_field_is_found(string file, string field, string misspelt)
    {
        var text = Manifests.Text(file);
        Assert.Contains(field, text, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => Manifests.Parse(text.Replace(field, misspelt, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Ports_are_those_of_the_example()
    {
        var (app, metrics) = await ExampleFacts.PortsAsync();
        var ports = _manifests.Container.Ports.ToDictionary(port => port.Name, port => port.ContainerPort);
        Assert.Equal(new Dictionary<string, int> { ["http"] = app, ["metrics"] = metrics }, ports);

        Assert.Equal("http", Assert.Single(_manifests.Find<V1Service>().Spec.Ports).TargetPort.Value);
        Assert.All(Probes(), probe => Assert.Equal("metrics", probe.HttpGet.Port.Value));
        var annotations = _manifests.Deployment.Spec.Template.Metadata.Annotations;
        Assert.Equal($"{metrics}", annotations["prometheus.io/port"]);

        var rules = _manifests.Find<V1NetworkPolicy>().Spec.Ingress;
        var open = Assert.Single(rules, rule => rule.FromProperty is null);
        Assert.Equal("http", Assert.Single(open.Ports).Port.Value);
        var guarded = Assert.Single(rules, rule => rule.FromProperty is not null);
        Assert.Equal("metrics", Assert.Single(guarded.Ports).Port.Value);
    }

    [Fact]
    public void Selectors_find_the_pods()
    {
        var labels = _manifests.Deployment.Spec.Template.Metadata.Labels;
        IEnumerable<IDictionary<string, string>> selectors =
        [
            _manifests.Deployment.Spec.Selector.MatchLabels,
            _manifests.Find<V1Service>().Spec.Selector,
            _manifests.Find<PodMonitor>().Spec!.Selector!.MatchLabels,
            _manifests.Find<V1PodDisruptionBudget>().Spec.Selector.MatchLabels,
            _manifests.Find<V1NetworkPolicy>().Spec.PodSelector.MatchLabels,
            Assert.Single(_manifests.Pod.TopologySpreadConstraints).LabelSelector.MatchLabels,
        ];
        Assert.All(selectors, selector => Assert.Equal(labels, selector));
        Assert.Contains(_manifests.Find<PodMonitor>().Spec!.JobLabel!, labels.Keys);
        var target = _manifests.Find<V2HorizontalPodAutoscaler>().Spec.ScaleTargetRef;
        Assert.Equal(
            (_manifests.Deployment.ApiVersion, _manifests.Deployment.Kind, _manifests.Deployment.Metadata.Name),
            (target.ApiVersion, target.Kind, target.Name));
    }

    [Fact]
    public async Task The_example_answers_the_probes_and_scrapes_and_drains_as_the_manifests_expect()
    {
        await using var daemon = await Daemon.StartAsync(
            Daemon.JsonRpc, _manifests.Container.Env.ToDictionary(variable => variable.Name, variable => variable.Value));
        Assert.All(Probes(), probe => Assert.StartsWith("/-/", probe.HttpGet.Path, StringComparison.Ordinal));
        string[] paths =
        [
            .. Probes().Select(probe => probe.HttpGet.Path),
            _manifests.Deployment.Spec.Template.Metadata.Annotations["prometheus.io/path"],
            Assert.Single(_manifests.Find<PodMonitor>().Spec!.PodMetricsEndpoints!).Path!,
        ];
        foreach (var path in paths)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(daemon, path));
        }

        daemon.Process.RequestStop();
        await Deadline.UntilAsync(
            "the readiness probe",
            () => StatusAsync(daemon, _manifests.Container.ReadinessProbe.HttpGet.Path),
            status => status == HttpStatusCode.ServiceUnavailable);
        // Still alive, or Kubernetes would kill it; and still serving, with the last response of the connection.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(daemon, _manifests.Container.LivenessProbe.HttpGet.Path));
        using var response = await daemon.App.PostRpcAsync("""{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.ConnectionClose);

        // A second signal ends the delay.
        Assert.Equal(0, await daemon.Process.TerminateAsync());
        Assert.DoesNotContain("warn: ", daemon.Process.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Timings_make_a_rolling_update_lossless()
    {
        var drain = int.Parse(_manifests.Variable("TinyHost__DrainDelay"), CultureInfo.InvariantCulture);
        var shutdown = new HostOptions().ShutdownTimeout.TotalSeconds;
        var readiness = _manifests.Container.ReadinessProbe;

        // The delay is part of the shutdown timeout, which must leave time for the requests in progress.
        Assert.InRange(drain, 1, shutdown / 2);
        Assert.InRange(_manifests.Pod.TerminationGracePeriodSeconds!.Value, drain + shutdown + AbortSeconds, double.MaxValue);
        // Whoever trusts the probe alone has learned of the stop well before the ports close.
        Assert.InRange(readiness.PeriodSeconds!.Value * readiness.FailureThreshold!.Value * 2, 1, drain);

        var checkTimeout = new HealthOptions().CheckTimeout.TotalSeconds;
        Assert.All(Probes(), probe => Assert.True(probe.TimeoutSeconds > checkTimeout, "The deadline of a check ends before the probe's."));
        // A start has time before the liveness probe begins.
        var startup = _manifests.Container.StartupProbe;
        Assert.InRange(startup.PeriodSeconds!.Value * startup.FailureThreshold!.Value, 30, 300);

        var update = _manifests.Deployment.Spec.Strategy.RollingUpdate;
        Assert.Equal(("0", "1"), (update.MaxUnavailable.Value, update.MaxSurge.Value));
        Assert.Null(_manifests.Container.Lifecycle);
    }

    [Fact]
    public void Pods_have_no_privileges()
    {
        var pod = _manifests.Pod.SecurityContext;
        var container = _manifests.Container.SecurityContext;
        Assert.True(pod.RunAsNonRoot);
        Assert.NotEqual(0, pod.RunAsUser);
        Assert.Equal("RuntimeDefault", pod.SeccompProfile.Type);
        Assert.False(_manifests.Pod.AutomountServiceAccountToken);
        Assert.False(container.AllowPrivilegeEscalation);
        Assert.False(container.Privileged);
        Assert.True(container.ReadOnlyRootFilesystem);
        Assert.Equal(["ALL"], container.Capabilities.Drop);
        Assert.Null(container.Capabilities.Add);
        var resources = _manifests.Container.Resources;
        Assert.True(resources.Limits["memory"].ToInt64() > resources.Requests["memory"].ToInt64());
    }

    private static async Task<HttpStatusCode> StatusAsync(Daemon daemon, string path)
    {
        using var response = await daemon.Metrics.GetAsync(path, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private IEnumerable<V1Probe> Probes() =>
        [_manifests.Container.StartupProbe, _manifests.Container.LivenessProbe, _manifests.Container.ReadinessProbe];
}
