using System.Diagnostics.Metrics;
using System.Threading.Channels;

namespace TinyHostDaemon;

/// <summary>Jobs that wait for the worker. Their number is a series: <c>jobs_waiting</c>.</summary>
internal sealed class JobQueue
{
    private static readonly Meter s_meter = new("TinyHostDaemon");

    private readonly Channel<string> _jobs = Channel.CreateUnbounded<string>();

    public JobQueue() => s_meter.CreateObservableGauge("jobs.waiting", () => Count, description: "Number of jobs that wait.");

    public int Count => _jobs.Reader.Count;

    public void Add(string job) => _jobs.Writer.TryWrite(job);

    public ValueTask<string> TakeAsync(CancellationToken cancellationToken) => _jobs.Reader.ReadAsync(cancellationToken);
}
