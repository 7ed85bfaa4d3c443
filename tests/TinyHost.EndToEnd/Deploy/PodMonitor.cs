// Owns: the fields of the Prometheus operator's PodMonitor that deploy/kubernetes uses, as monitoring.coreos.com/v1 of operator 0.91
// defines them. The models of Kubernetes lack custom resources.

using k8s.Models;

namespace TinyHost.EndToEnd.Deploy;

/// <summary>Read strictly: a field that is not here is an error.</summary>
internal sealed class PodMonitor
{
    public const string Key = "monitoring.coreos.com/v1/PodMonitor";

    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta? Metadata { get; set; }

    public PodMonitorSpec? Spec { get; set; }

    internal sealed class PodMonitorSpec
    {
        public string? JobLabel { get; set; }

        public V1LabelSelector? Selector { get; set; }

        public IList<Endpoint>? PodMetricsEndpoints { get; set; }
    }

    internal sealed class Endpoint
    {
        public string? Port { get; set; }

        public string? Path { get; set; }

        public string? Interval { get; set; }

        public string? ScrapeTimeout { get; set; }
    }
}
