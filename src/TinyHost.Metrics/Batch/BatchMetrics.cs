// Owns: handing over the metrics of a process nobody scrapes: to a Pushgateway, or to a file for node_exporter.
// Does not own: collecting them (MetricCollector), nor their text (Exposition).
// Sources: Prometheus Pushgateway, API; node_exporter, textfile collector.

using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>
/// The metrics of a batch job. It listens to instruments from its construction until it is disposed; at the end of the job they are pushed, or
/// written to a file. Nothing listens on a port.
/// </summary>
public sealed class BatchMetrics : IDisposable
{
    private readonly MetricCollector _collector;
    private readonly SharedCollection _collection;
    private readonly ExporterSet _exporters;
    private readonly MetricsOptions _options;

    /// <summary>
    /// Begins to listen. Settings under <c>TinyHost:Metrics</c> override the options when there are services with a configuration; those of scrapes,
    /// such as the port, the path and how many there may be at a time, mean nothing here. Throws <see cref="ArgumentException"/> for options that mean
    /// nothing, and <see cref="ServerStartException"/> for a configuration that cannot be read.
    /// </summary>
    public BatchMetrics(MetricsOptions? options = null, IServiceProvider? services = null)
    {
        var copy = (options ?? new MetricsOptions()).Copy();
        if (MetricsConfiguration.SectionOf(services, null) is { } section)
        {
            MetricsConfiguration.Apply(section, copy);
        }

        copy.Validate();
        var logger = ObserverGuard.Create(() => services?.GetService(typeof(ILoggerFactory)) as ILoggerFactory, MetricCollector.MeterName).Logger;
        _options = copy;
        _collector = new MetricCollector(
            new MeterSelection(copy, services),
            new CollectionSettings(copy),
            OperatingSystem.IsLinux() ? new LinuxProcess("/proc") : new AnyProcess(),
            logger);
        _collection = new SharedCollection(_collector, TimeSpan.Zero, copy.CallbackTimeout);
        try
        {
            _exporters = new ExporterSet(copy, _collector.Clock, logger, handedOver: true);
        }
        catch
        {
            // An exporter may fail when it is asked what it can write.
            _collector.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes the metrics, in text 0.0.4, to a file that appears whole or not at all: another is written beside it and renamed. node_exporter
    /// reads files whose names end in <c>.prom</c>. Throws <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/> as files do. With
    /// <see cref="MetricsOptions.FailOnError"/> it throws <see cref="InvalidOperationException"/>, which names the families, and writes nothing when
    /// callbacks or exporters fail or do not return; otherwise those are left out.
    /// </summary>
    public async Task WriteFileAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var text = await WriteAsync(limit: null).ConfigureAwait(false);
        var draft = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            var file = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                await file.WriteAsync(text, cancellationToken).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    /// <summary>
    /// Pushes the metrics to a Pushgateway such as <c>http://gateway:9091/</c>, in place of those the job pushed before. Throws
    /// <see cref="TimeoutException"/> when that takes longer than <paramref name="deadline"/>, and <see cref="HttpRequestException"/> when the
    /// gateway cannot be reached or refuses them. With <see cref="MetricsOptions.FailOnError"/> it throws
    /// <see cref="InvalidOperationException"/>, which names the families, and pushes nothing when callbacks or exporters fail or do not return;
    /// otherwise those are left out. Throws <see cref="ArgumentOutOfRangeException"/> for a deadline that is not above zero, or above what a timer
    /// takes: 4,294,967,294 ms, which is a little more than 49 days.
    /// </summary>
    public async Task PushAsync(Uri gateway, string job, TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentException.ThrowIfNullOrEmpty(job);
        if (deadline <= TimeSpan.Zero || deadline > s_longestDeadline)
        {
            throw new ArgumentOutOfRangeException(nameof(deadline), deadline, $"The deadline of a push must be above zero and at most {s_longestDeadline}.");
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
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                var reason = await BeginningAsync(response.Content, limit.Token).ConfigureAwait(false);
                throw new HttpRequestException($"{target} refused the metrics with {(int)response.StatusCode}: {reason.Trim()}", null, response.StatusCode);
            }
        }
        catch (Exception exception) when (exception is ScrapeEndedException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new TimeoutException($"{target} did not take the metrics within {deadline}.", exception);
        }
    }

    /// <summary>Ends listening.</summary>
    public void Dispose() => _collector.Dispose();

    // A value that a path cannot hold goes in base64 of the URL alphabet (Pushgateway, "URL").
    private static string GroupingKey(string label, string value) => value.Contains('/', StringComparison.Ordinal) || value is "." or ".."
        ? $"{label}@base64/{Convert.ToBase64String(Encoding.UTF8.GetBytes(value)).Replace('+', '-').Replace('/', '_').TrimEnd('=')}"
        : $"{label}/{Uri.EscapeDataString(value)}";

    // Of an answer that does not end, too.
    private static async Task<string> BeginningAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var beginning = new byte[MaxReason];
        var length = await stream.ReadAtLeastAsync(beginning, MaxReason, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(beginning, 0, length);
    }

    private async Task<ReadOnlyMemory<byte>> WriteAsync(TimeSpan? limit)
    {
        var deadline = ScrapeDeadline.In(limit, _collector.Clock);
        var exporting = _exporters.Start(TextFormat.Instance, deadline);
        var collected = _options.ExportersAlone ? Collected.Nothing : await _collection.GetAsync(deadline).ConfigureAwait(false);
        var exported = await _exporters.EndAsync(exporting, collected.Families, TextFormat.Instance, null).ConfigureAwait(false);
        if (_options.FailOnError && Shortfall.Of(collected, exported) is { } shortfall)
        {
            throw new InvalidOperationException(
                $"The metrics are not whole and are not handed over, since {nameof(MetricsOptions.FailOnError)} is set: {shortfall.TrimEnd().Replace('\n', ' ')}");
        }

        var text = new ArrayBufferWriter<byte>();
        var exposition = new Exposition(TextFormat.Instance, collected.Exposed, exported.Parts);
        while (exposition.Write(text, int.MaxValue))
        {
        }

        return text.WrittenMemory;
    }

    private const int MaxReason = 1_000;

    // What a CancellationTokenSource takes.
    private static readonly TimeSpan s_longestDeadline = TimeSpan.FromMilliseconds(uint.MaxValue - 1);
}
