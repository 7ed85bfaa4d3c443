// Owns: the command that restarts a daemon under load and counts losses, run against the tests' daemon.

using System.Globalization;

namespace TinyHost.EndToEnd.Support;

/// <summary>Each process of the daemon writes to the same file, and is ended with this object.</summary>
internal sealed class RestartCheck : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _client = new() { Timeout = Deadline.Limit };

    /// <param name="hasHandover">Whether each process takes over from the one before. Otherwise that is stopped first.</param>
    public RestartCheck(bool hasHandover)
    {
        string[] handover = hasHandover ? [$"--TinyHost:Handover={HandoverPath}"] : [];
        string[] command =
        [
            "dotnet", Repository.BuiltFile(Daemon.Tests, "TinyHost.EndToEnd.Daemon.dll"),
            .. Daemon.Ports(Port, FreePort.Next()), .. handover,
        ];
        var start = $"{string.Join(' ', command.Select(word => $"'{word}'"))} >>'{LogPath}' 2>&1 & echo $! >'{PidPath}'";
        StartCommand = hasHandover ? start : $"[ ! -e '{PidPath}' ] || kill -KILL $(cat '{PidPath}'); {start}";
    }

    public int Port { get; } = FreePort.Next();

    public string HandoverPath => Path.Combine(_directory.Path, "handover");

    /// <summary>What all processes have printed.</summary>
    public string Log => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    private string StartCommand { get; }

    private string LogPath => Path.Combine(_directory.Path, "log");

    private string PidPath => Path.Combine(_directory.Path, "pid");

    /// <summary>Starts the first process, and waits until it answers.</summary>
    public async Task StartAsync()
    {
        var (code, _, errors) = await ChildProcess.RunAsync("/bin/sh", ["-c", StartCommand]);
        Assert.True(code == 0, errors);
        await Deadline.UntilAsync("the daemon", ProcessIdAsync, id => id > 0);
    }

    /// <summary>The process that answers a new connection.</summary>
    public async Task<int> ProcessIdAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{Port}/restart/process");
        request.Headers.ConnectionClose = true;
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        var id = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return int.Parse(id, CultureInfo.InvariantCulture);
    }

    /// <summary>Runs the check with this number of restarts.</summary>
    public Task<(int ExitCode, string Output, string Errors)> RunAsync(int times) => RunAsync(
        "--url", $"http://127.0.0.1:{Port}/restart/process",
        "--restart", StartCommand,
        "--times", $"{times}",
        "--connections", "4",
        "--upload", "/length",
        "--stream", "/restart/stream",
        "--websocket", "/restart/websocket");

    /// <summary>Runs the check with these arguments.</summary>
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) =>
        ChildProcess.RunAsync("dotnet", [Repository.BuiltFile("tools/RestartCheck", "tinyhost-restart-check.dll"), .. arguments]);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (File.Exists(PidPath))
        {
            await ChildProcess.RunAsync("/bin/sh", ["-c", $"kill -KILL $(cat '{PidPath}')"]);
        }

        _directory.Dispose();
    }
}
