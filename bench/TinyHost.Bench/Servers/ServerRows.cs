// Owns: the servers measured under load, in each configuration.

using System.Globalization;

namespace TinyHost.Bench.Servers;

internal static class ServerRows
{
    public static readonly Server TinyHost = new(
        "TinyHost",
        "error handling, metrics and routes; metrics port listening; nothing listens to spans",
        launch => DotNet.Run(Paths.Assembly(Paths.TinyHost), launch))
    {
        IsTinyHost = true,
        IsDotNet = true,
    };

    public static readonly Server TinyHostInline = TinyHost with
    {
        Title = "TinyHost, inline",
        Settings = "the same, with ServerOptions.InlineCompletions",
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.TinyHost), launch, "--inline"),
    };

    public static readonly Server TinyHostPlain = TinyHost with
    {
        Title = "TinyHost, no metrics",
        Settings = "no metrics stage, one port",
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.TinyHost), launch, "--without-metrics"),
    };

    public static readonly Server TinyHostPlainInline = TinyHostPlain with
    {
        Title = "TinyHost, no metrics, inline",
        Settings = "no metrics stage, one port, with ServerOptions.InlineCompletions",
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.TinyHost), launch, "--without-metrics", "--inline"),
    };

    public static readonly Server TinyHostNoSpin = TinyHost with
    {
        Title = "TinyHost, no spinning",
        Settings = DotNet.SpinLimit + "=0",
        CommandFor = launch => DotNet.RunWithoutSpinning(Paths.Assembly(Paths.TinyHost), launch),
    };

    public static readonly Server Kestrel = new(
        "Kestrel",
        "slim builder, one inline middleware, one port, no logging",
        launch => DotNet.Run(Paths.Assembly(Paths.Kestrel), launch))
    {
        IsDotNet = true,
    };

    public static readonly Server KestrelInline = Kestrel with
    {
        Title = "Kestrel, inline",
        Settings = "the same, with inline completions and UnsafePreferInlineScheduling",
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.Kestrel), launch, "--inline") with { Environment = DotNet.Inline },
    };

    public static readonly Server KestrelNoSpin = Kestrel with
    {
        Title = "Kestrel, no spinning",
        Settings = DotNet.SpinLimit + "=0",
        CommandFor = launch => DotNet.RunWithoutSpinning(Paths.Assembly(Paths.Kestrel), launch),
    };

    public static readonly Server StreamJsonRpc = new(
        "StreamJsonRpc",
        "over WebSockets of TinyHost, one port",
        launch => DotNet.Run(Paths.Assembly(Paths.StreamJsonRpc), launch))
    {
        IsDotNet = true,
    };

    public static readonly Server HttpListener = new(
        "HttpListener",
        "the accept loop from its documentation, one port",
        launch => DotNet.Run(Paths.Assembly(Paths.HttpListener), launch))
    {
        IsDotNet = true,
        PrintsReady = true,
    };

    public static readonly Server HttpListenerAccepts = HttpListener with
    {
        Title = "HttpListener, 64 accepts",
        Settings = "64 accepts pending, one port",
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.HttpListener), launch, "--accepts"),
    };

    public static readonly Server BareLoop = new(
        "Bare loop",
        "sockets only: the same bytes for every request, no HTTP",
        launch => DotNet.Run(Paths.Assembly(Paths.BareLoop), launch))
    {
        IsDotNet = true,
        IsReference = true,
    };

    public static readonly Server BareLoopInline = BareLoop with
    {
        Title = "Bare loop, inline",
        Settings = "the same, with inline completions",
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.BareLoop), launch) with { Environment = DotNet.Inline },
    };

    public static readonly Server Nginx = new(
        "nginx", "`return 200`, one worker per processor, no log, one port", launch => NginxCommand(launch, ""));

    public static readonly Server NginxWide = Nginx with
    {
        Settings = Nginx.Settings + "; 16,384 connections per worker, since one of them may accept most",
        CommandFor = launch => NginxCommand(launch, "", connections: 16_384),
    };

    public static readonly Server TinyHostTls = TinyHost with
    {
        Title = "TinyHost, TLS",
        Settings = "the same over TLS",
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.TinyHost), launch, "--tls", launch.Directory),
        IsSecure = true,
    };

    public static readonly Server TinyHostTlsInline = TinyHostTls with
    {
        Title = "TinyHost, TLS, inline",
        Settings = "the same, with ServerOptions.InlineCompletions",
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.TinyHost), launch, "--inline", "--tls", launch.Directory),
    };

    public static readonly Server KestrelTls = Kestrel with
    {
        Title = "Kestrel, TLS",
        Settings = "the same over TLS, HTTP/1.1 alone",
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.Kestrel), launch, "--tls", launch.Directory),
        IsSecure = true,
    };

    public static readonly Server NginxTls = Nginx with
    {
        Title = "nginx, TLS",
        Settings = "the same over TLS, with a session cache",
        CommandFor = launch => NginxCommand(launch, """
            ssl;
            ssl_certificate @directory@/bench.pem;
            ssl_certificate_key @directory@/bench.key;
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_session_cache shared:bench:10m
            """),
        IsSecure = true,
    };

    public static readonly Server Go = new("Go", "net/http, promhttp on its own port", GoCommand) { RequiredFile = Paths.Go };

    public static readonly Server Falcon = new(
        "Falcon", "gunicorn with 2 gthread workers of 4 threads each, prometheus_client behind port-routing middleware", FalconCommand);

    /// <param name="launch">The port and the directory.</param>
    /// <param name="tls">What follows the address in the directive that listens, with further directives.</param>
    /// <param name="connections">The maximum number of connections of a worker, which reserves memory for them.</param>
    private static Command NginxCommand(Launch launch, string tls, int connections = 8_192)
    {
        File.WriteAllBytes(Path.Combine(launch.Directory, "mebibyte"), Enumerable.Repeat((byte)'x', 1_048_576).ToArray());
        BenchFiles.Write(launch.Directory);
        var configuration = File.ReadAllText(Paths.NginxConfiguration)
            .Replace("@tls@", tls, StringComparison.Ordinal)
            .Replace("@connections@", Text(connections), StringComparison.Ordinal)
            .Replace("@port@", Text(launch.Port), StringComparison.Ordinal)
            .Replace("@directory@", launch.Directory, StringComparison.Ordinal)
            // Workers of a root master would otherwise lack access to the directory.
            .Replace("@user@", Environment.UserName == "root" ? "user root;" : "", StringComparison.Ordinal);
        var path = Path.Combine(launch.Directory, "nginx.conf");
        File.WriteAllText(path, configuration);
        return new Command("nginx", ["-p", launch.Directory, "-e", "stderr", "-c", path]);
    }

    private static Command GoCommand(Launch launch) => new(
        Path.GetFullPath(Paths.Go),
        ["-port", Text(launch.Port), "-metrics-port", Text(launch.MetricsPort), "-series", Text(launch.Series)]);

    private static Command FalconCommand(Launch launch) => new(
        "/usr/bin/gunicorn",
        [
            "--workers", "2", "--worker-class", "gthread", "--threads", "4", "--keep-alive", "75", "--backlog", "4096", "--timeout", "120",
            "--log-level", "error", "--bind", "127.0.0.1:" + Text(launch.Port), "--bind", "127.0.0.1:" + Text(launch.MetricsPort),
            "app:app",
        ])
    {
        Directory = Path.GetFullPath(Paths.Falcon),
        Environment = new Dictionary<string, string>
        {
            ["BENCH_METRICS_PORT"] = Text(launch.MetricsPort),
            ["BENCH_SERIES"] = Text(launch.Series),
            // The other servers do not expose creation times of counters.
            ["PROMETHEUS_DISABLE_CREATED_SERIES"] = "true",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
        },
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
