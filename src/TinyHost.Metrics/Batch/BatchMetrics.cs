// Owns: delivering the metrics of a process that nobody scrapes: to a Pushgateway, or to a file for node_exporter.
// Sources: Prometheus Pushgateway, API; node_exporter, textfile collector.

using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>
/// The metrics of a batch job. It listens to instruments from construction until disposal; at the end of the job, push the metrics or write
/// them to a file. No port is opened.
/// </summary>
public sealed class BatchMetrics : IDisposable
{
    private const int MaxReason = 1_000;

    // The maximum of a CancellationTokenSource.
    private static readonly TimeSpan s_maxDeadline = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly MetricCollector _collector;
    private readonly SharedCollection _collection;
    private readonly ExporterSet _exporters;
    private readonly MetricsOptions _options;

    /// <summary>
    /// Starts to listen. Settings under <c>TinyHost:Metrics</c> override the options if the services have a configuration. Settings for
    /// scrapes, such as the port, the path and the number of scrapes in flight, have no effect. Throws <see cref="ArgumentException"/> for
    /// invalid options, and <see cref="ServerStartException"/> for invalid settings.
    /// </summary>
    public BatchMetrics(MetricsOptions? options = null, IServiceProvider? services = null)
    {
        var copy = (options ?? new MetricsOptions()).Copy();
        if (MetricsConfiguration.SectionOf(services, null) is { } section)
        {
            MetricsConfiguration.Apply(section, copy);
        }

        copy.Validate();
        var logger = ObserverGuard.Create(
            () => services?.GetService(typeof(ILoggerFactory)) as ILoggerFactory, MetricCollector.MeterName).Logger;
        _options = copy;
        _collector = new MetricCollector(copy, services, logger);
        _collection = new SharedCollection(_collector, TimeSpan.Zero, copy.CallbackTimeout);
        try
        {
            _exporters = new ExporterSet(copy, _collector.Clock, logger, forBatch: true);
        }
        catch
        {
            // An exporter may fail when asked whether it can write OpenMetrics.
            _collector.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes the metrics in text 0.0.4 to a file, atomically: a temporary file beside it is renamed. node_exporter reads files named
    /// <c>*.prom</c>. Families whose callbacks or exporters fail or do not return are left out; with <see
    /// cref="MetricsOptions.FailOnError"/> nothing is written, and an <see cref="InvalidOperationException"/> names them. Throws <see
    /// cref="IOException"/> and <see cref="UnauthorizedAccessException"/> as files do.
    /// </summary>
    public async Task WriteFileAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var text = await WriteAsync(limit: null).ConfigureAwait(false);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            var file = new FileStream(
                temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                await file.WriteAsync(text, cancellationToken).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Pushes the metrics to a Pushgateway such as <c>http://gateway:9091/</c>, replacing those the job pushed before. Families whose
    /// callbacks or exporters fail or do not return are left out; with <see cref="MetricsOptions.FailOnError"/> nothing is pushed, and an
    /// <see cref="InvalidOperationException"/> names them. Throws <see cref="TimeoutException"/> if it takes longer than <paramref
    /// name="deadline"/>, <see cref="HttpRequestException"/> if the gateway cannot be reached or rejects the metrics, and <see
    /// cref="ArgumentOutOfRangeException"/> for a deadline that is not positive or above 4,294,967,294 ms (49 days).
    /// </summary>
    public async Task PushAsync(Uri gateway, string job, TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentException.ThrowIfNullOrEmpty(job);
        if (deadline <= TimeSpan.Zero || deadline > s_maxDeadline)
        {
            throw new ArgumentOutOfRangeException(
                nameof(deadline), deadline, $"The deadline of a push must be positive and at most {s_maxDeadline}.");
        }

        var target = new Uri($"{gateway.AbsoluteUri.TrimEnd('/')}/metrics/{GroupingKey("job", job)}");
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, target);
            request.Content = new ReadOnlyMemoryContent(await WriteAsync(deadline).ConfigureAwait(false));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ExpositionType.Text004.ContentType);
            using var response = await client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                var reason = await ReadStartAsync(response.Content, limit.Token).ConfigureAwait(false);
                throw new HttpRequestException(
                    $"{target} rejected the metrics with {(int)response.StatusCode}: {reason.Trim()}", null, response.StatusCode);
            }
        }
        catch (Exception exception) when (
            exception is ScrapeEndedException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new TimeoutException($"{target} did not take the metrics within {deadline}.", exception);
        }
    }

    /// <summary>Stops listening.</summary>
    public void Dispose() => _collector.Dispose();

    // A value that cannot be a path segment is written in URL-safe base64 (Pushgateway, "URL").
    private static string GroupingKey(string label, string value) => value.Contains('/', StringComparison.Ordinal) || value is "." or ".."
        ? $"{label}@base64/{Convert.ToBase64String(Encoding.UTF8.GetBytes(value)).Replace('+', '-').Replace('/', '_').TrimEnd('=')}"
        : $"{label}/{Uri.EscapeDataString(value)}";

    // Bounded, in case the answer does not end.
    private static async Task<string> ReadStartAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var start = new byte[MaxReason];
        var length = await stream.ReadAtLeastAsync(start, MaxReason, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(start, 0, length);
    }

    private async Task<ReadOnlyMemory<byte>> WriteAsync(TimeSpan? limit)
    {
        var deadline = ScrapeDeadline.After(limit, _collector.Clock);
        var exports = _exporters.Start(TextFormat.Instance, deadline);
        var collected = _options.ExportersAlone ? CollectionResult.Empty : await _collection.GetAsync(deadline).ConfigureAwait(false);
        var exported = await _exporters.EndAsync(exports, collected.Families, TextFormat.Instance, null).ConfigureAwait(false);
        if (_options.FailOnError && collected.Missing + exported.Missing is { Length: > 0 } missing)
        {
            throw new InvalidOperationException(
                $"The metrics are incomplete and were not delivered, since {nameof(MetricsOptions.FailOnError)} is set: "
                + missing.TrimEnd().Replace('\n', ' '));
        }

        var text = new ArrayBufferWriter<byte>();
        using var exposition = new Exposition(TextFormat.Instance, collected.Exposed, exported.Parts);
        while (exposition.Write(text, int.MaxValue))
        {
        }

        return text.WrittenMemory;
    }
}
