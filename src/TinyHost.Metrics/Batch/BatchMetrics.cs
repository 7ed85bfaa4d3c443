// Owns: delivering the metrics of a process that nobody scrapes: to a Pushgateway, or to a file for node_exporter.
// Sources: Prometheus Pushgateway, API; node_exporter, textfile collector.

using System.Buffers;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>
/// The metrics of a batch job. It listens to instruments from construction until disposal; at the end of the job, push the metrics or write
/// them to a file, and await that before disposing. Delivered is what the job recorded: the families about the process, the runtime and
/// scrapes are left out unless <see cref="MetricsOptions.BatchIncludesProcess"/> is true. No port is opened.
/// </summary>
public sealed class BatchMetrics : IDisposable
{
    private readonly MetricCollector _collector;
    private readonly SharedCollection _collection;
    private readonly ExporterSet _exporters;
    private readonly MetricsOptions _options;
    private readonly HashSet<string> _reportedConflicts = [];
    private volatile bool _disposed;

    /// <summary>
    /// Starts to listen. Settings under <c>TinyHost:Metrics</c> override the options if the services have a configuration. Settings for
    /// scrapes, such as the port, the path and <see cref="MetricsOptions.CacheLifetime"/>, have no effect. Throws <see
    /// cref="ArgumentException"/> for invalid options, and <see cref="ServerStartException"/> for invalid settings.
    /// </summary>
    public BatchMetrics(MetricsOptions? options = null, IServiceProvider? services = null)
    {
        var copy = (options ?? new MetricsOptions()).Copy();
        if (MetricsConfiguration.SectionOf(services, null) is { } section)
        {
            MetricsConfiguration.Apply(section, copy);
        }

        copy.CacheLifetime = TimeSpan.Zero;
        copy.Validate();
        Logger = ObserverGuard.Create(
            () => services?.GetService(typeof(ILoggerFactory)) as ILoggerFactory, MetricCollector.MeterName).Logger;
        _options = copy;
        _collector = new MetricCollector(copy, services, Logger, forBatch: true);
        _collection = new SharedCollection(_collector, TimeSpan.Zero, copy.CallbackTimeout);
        try
        {
            _exporters = new ExporterSet(copy, _collector.Clock, Logger, forBatch: true);
        }
        catch
        {
            // An exporter may fail when asked whether it can write OpenMetrics.
            _collector.Dispose();
            throw;
        }
    }

    internal ILogger Logger { get; }

    /// <summary>
    /// Writes the metrics in text 0.0.4 to a file, atomically: a temporary file beside it is renamed. node_exporter reads files named
    /// <c>*.prom</c>. A symbolic link stays, and the file it leads to is replaced; pipes and character devices, such as
    /// <c>/dev/stdout</c>, are written to; cancelled, the call no longer waits for the reader of a pipe, which may still get the text.
    /// Families whose callbacks or exporters fail or do not return are left out; with <see
    /// cref="MetricsOptions.FailOnError"/> nothing is written, and an <see cref="InvalidOperationException"/> names them. Throws <see
    /// cref="IOException"/> and <see cref="UnauthorizedAccessException"/> as files do, and <see cref="ObjectDisposedException"/> if
    /// <see cref="Dispose"/> is called before the metrics are collected.
    /// </summary>
    public async Task WriteFileAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var text = await WriteAsync(keys: null, cancellationToken).ConfigureAwait(false);
        await BatchFile.WriteAsync(path, text, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Pushes the metrics to a Pushgateway, replacing the group: everything pushed to it before. Families whose callbacks or exporters fail
    /// or do not return are left out; with <see cref="MetricsOptions.FailOnError"/> nothing is pushed, and an <see
    /// cref="InvalidOperationException"/> names them. A label that the grouping key would overwrite is renamed: <c>instance</c> becomes
    /// <c>exported_instance</c>. Throws <see cref="TimeoutException"/> if it takes longer than <see cref="PushGateway.Deadline"/>, <see
    /// cref="HttpRequestException"/> if the gateway cannot be reached, redirects or refuses, and <see cref="ObjectDisposedException"/> if
    /// <see cref="Dispose"/> is called before the metrics are collected.
    /// </summary>
    public Task PushAsync(PushGateway gateway, CancellationToken cancellationToken = default) =>
        SendAsync(gateway, HttpMethod.Put, cancellationToken);

    /// <summary>
    /// Pushes the metrics to a Pushgateway, replacing only families of the same names in the group. Throws as <see
    /// cref="PushAsync(PushGateway, CancellationToken)"/>.
    /// </summary>
    public Task PushAddAsync(PushGateway gateway, CancellationToken cancellationToken = default) =>
        SendAsync(gateway, HttpMethod.Post, cancellationToken);

    /// <summary>
    /// Pushes the metrics to the group of a job, as <see cref="PushAsync(PushGateway, CancellationToken)"/> with a <see
    /// cref="PushGateway"/> of this address, job and deadline.
    /// </summary>
    public async Task PushAsync(Uri gateway, string job, TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        var group = new PushGateway(gateway, job) { Deadline = deadline };
        await PushAsync(group, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        // First, so that a collection that lacks series for this reason is not delivered.
        _disposed = true;
        _collector.Dispose();
    }

    private async Task SendAsync(PushGateway gateway, HttpMethod method, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        var keys = gateway.GroupingKeys();
        await gateway.SendAsync(method, keys, token => WriteAsync(keys, token), cancellationToken).ConfigureAwait(false);
    }

    private async Task<ReadOnlyMemory<byte>> WriteAsync(GroupingKeys? keys, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        cancellationToken.ThrowIfCancellationRequested();
        var exports = _exporters.Start(TextFormat.Instance, ScrapeDeadline.None);
        var collected = _options.ExportersAlone
            ? CollectionResult.Empty
            : await _collection.GetAsync(ScrapeDeadline.None).WaitAsync(cancellationToken).ConfigureAwait(false);
        using var exported = await _exporters.EndAsync(exports, collected.Families, TextFormat.Instance, null)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfDisposed();
        ThrowIfMissing(collected.Missing + exported.Missing);
        var text = new ArrayBufferWriter<byte>();
        using var exposition = new Exposition(TextFormat.Instance, exported.LeftOf(collected.Exposed), exported.Parts);
        while (exposition.Write(text, int.MaxValue))
        {
        }

        ThrowIfDisposed();
        return keys is null ? text.WrittenMemory : keys.RenameConflicts(text.WrittenMemory, _options.Labels, ReportConflict);
    }

    private void ReportConflict(string label)
    {
        lock (_reportedConflicts)
        {
            if (_reportedConflicts.Add(label))
            {
                Log.GroupingConflict(Logger, label);
            }
        }
    }

    private void ThrowIfMissing(string missing)
    {
        if (_options.FailOnError && missing.Length > 0)
        {
            throw new InvalidOperationException(
                $"The metrics are incomplete and were not delivered, since {nameof(MetricsOptions.FailOnError)} is set: "
                + missing.TrimEnd().Replace('\n', ' '));
        }
    }

    private void ThrowIfDisposed()
    {
        if (_disposed)
        {
            throw new ObjectDisposedException(
                nameof(BatchMetrics),
                "The metrics were disposed before they were collected, and nothing was delivered. Await the delivery first.");
        }
    }
}
