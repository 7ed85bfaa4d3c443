// Owns: a real node_exporter that reads a folder of text files.

namespace TinyHost.EndToEnd.Support;

internal sealed class NodeExporter : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private NodeExporter(TemporaryDirectory directory, ChildProcess process, int port)
    {
        (_directory, _process) = (directory, process);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = Deadline.Limit };
    }

    /// <summary>The folder of its files, <c>*.prom</c>.</summary>
    public string Folder => _directory.Path;

    /// <summary>Starts one whose only collector is that of text files, and waits until it listens.</summary>
    public static async Task<NodeExporter> StartAsync()
    {
        var program = OutsideProgram.Require("prometheus-node-exporter", package: "prometheus-node-exporter");
        var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        var process = ChildProcess.Start(program,
        [
            "--collector.disable-defaults",
            "--collector.textfile",
            $"--collector.textfile.directory={directory.Path}",
            $"--web.listen-address=127.0.0.1:{port}",
        ]);
        var exporter = new NodeExporter(directory, process, port);
        await Deadline.UntilAsync("node_exporter", () => exporter._http.GetStringAsync("metrics"), _ => true);
        return exporter;
    }

    /// <summary>Its exposition, after checks that it read every file and neither logged nor counted an error.</summary>
    public async Task<Exposition> ScrapeWithoutErrorsAsync()
    {
        // The second scrape counts the errors of the first.
        await _http.GetStringAsync("metrics", TestContext.Current.CancellationToken);
        var scrape = new Exposition(await _http.GetStringAsync("metrics", TestContext.Current.CancellationToken));
        var errors = _process.Errors.ToString().Split('\n').Where(line => line.Contains("level=error", StringComparison.Ordinal));
        Assert.Equal("", string.Concat(errors));
        Assert.Equal(["node_textfile_scrape_error 0"], scrape.Samples("node_textfile_scrape_error"));
        Assert.Equal(2, scrape.Samples("promhttp_metric_handler_errors_total{").Count);
        Assert.Equal(0, scrape.Sum("promhttp_metric_handler_errors_total"));
        Assert.Equal(Directory.GetFiles(Folder).Length, scrape.Samples("node_textfile_mtime_seconds{").Count);
        return scrape;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
        _directory.Dispose();
    }
}
