// Owns: the list of the workers' metrics for Prometheus, as an answer and as a file.
// Source: Prometheus, "HTTP-based service discovery" and <file_sd_config>.

using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace TinyHost.Workers;

/// <param name="file">The path of the file; null for none.</param>
/// <param name="logger">The log.</param>
internal sealed partial class TargetList(string? file, ILogger logger)
{
    /// <summary>Where the parent's monitoring ports answer with the list.</summary>
    internal const string Path = "/-/workers";

    private const string Allowed = "GET, HEAD";

    private readonly Lock _lock = new();
    private string _written = "";
    private bool _hasFailed;
    private bool _isClosed;

    /// <summary>Whether the file has an older list, because it could not be written.</summary>
    internal bool IsBehind => Volatile.Read(in _hasFailed);

    /// <summary>Answers a request for the list; null for any other.</summary>
    internal static Task? TryAnswer(RequestContext context, IReadOnlyList<WorkerProcess> workers)
    {
        if (context.Request.Path != Path)
        {
            return null;
        }

        context.Measured = false;
        var response = context.Response;
        response.Fields["Cache-Control"] = "no-store";
        if (context.Request.Method is not ("GET" or "HEAD"))
        {
            response.Fields["Allow"] = Allowed;
            return response.AnswerAsync(405, "Use GET or HEAD.\n");
        }

        response.ContentType = "application/json";
        return response.WriteAsync(Encoding.UTF8.GetBytes(Format(workers))).AsTask();
    }

    /// <summary>An entry for each URL of each worker that serves or still finishes requests.</summary>
    internal static string Format(IReadOnlyList<WorkerProcess> workers)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var worker in workers)
            {
                foreach (var url in worker.MetricsUrls)
                {
                    Write(json, worker, url);
                }
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Creates the file, empty. Throws <see cref="ServerStartException"/> if it cannot be written.</summary>
    internal void Create()
    {
        if (file is null)
        {
            return;
        }

        try
        {
            Replace(file, "[]");
            _written = "[]";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException(
                $"Cannot start: {file} (TinyHost:Workers:TargetsFile) cannot be written: {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>
    /// Writes the file if the list has changed. A reader finds the old list or the new one, whole. After a failure, which is logged once,
    /// each further call tries again.
    /// </summary>
    internal void Write(IReadOnlyList<WorkerProcess> workers)
    {
        if (file is null)
        {
            return;
        }

        lock (_lock)
        {
            var list = Format(workers);
            if (list == _written)
            {
                _hasFailed = false;
            }
            else if (!_isClosed)
            {
                Write(file, list);
            }
        }
    }

    /// <summary>No worker is left: writes an empty list, the last one. Does nothing to a file that is not this program's yet.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            if (_written.Length > 0)
            {
                Write([]);
            }

            _isClosed = true;
        }
    }

    private void Write(string path, string list)
    {
        try
        {
            Replace(path, list);
            _written = list;
            _hasFailed = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                LogNotWritten(logger, path, e.Message);
            }
        }
    }

    // Prometheus looks at names that end in .json.
    private static void Replace(string file, string list)
    {
        var draft = $"{file}.tmp";
        File.WriteAllText(draft, list);
        File.Move(draft, file, overwrite: true);
    }

    private static void Write(Utf8JsonWriter json, WorkerProcess worker, Uri url)
    {
        json.WriteStartObject();
        json.WriteStartArray("targets");
        json.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"{HostOf(url)}:{url.Port}"));
        json.WriteEndArray();
        json.WriteStartObject("labels");
        json.WriteString("worker", worker.Number.ToString(CultureInfo.InvariantCulture));
        json.WriteString("pid", worker.ProcessId.ToString(CultureInfo.InvariantCulture));
        if (url.Scheme != "http")
        {
            json.WriteString("__scheme__", url.Scheme);
        }

        if (url.AbsolutePath != "/metrics")
        {
            json.WriteString("__metrics_path__", url.AbsolutePath);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    // An address that stands for all is no address to connect to from elsewhere.
    private static string HostOf(Uri url) =>
        IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            ? Dns.GetHostName()
            : url.Host;

    [LoggerMessage(12, LogLevel.Error, "The list of workers could not be written to {File} (TinyHost:Workers:TargetsFile): {Error}")]
    private static partial void LogNotWritten(ILogger logger, string file, string error);
}
