// Owns: a server's process, from its start to its end, and what it says on the way.
// Does not own: measuring it (Measuring/).

using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace TinyHost.Bench.Servers;

/// <summary>A server that is up. Disposing it kills its process and all that descend from it.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _directory;
    private readonly StringBuilder _said = new();

    private RunningServer(Server server, Process process, Launch launch)
    {
        Server = server;
        _process = process;
        _directory = launch.Directory;
        Port = launch.Port;
        MetricsPort = launch.MetricsPort;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Server Server { get; }

    public int Port { get; }

    public int MetricsPort { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts the server and waits until it answers. Throws <see cref="BenchException"/> with what it said when it does not.</summary>
    public static async Task<RunningServer> StartAsync(Server server, int series, CancellationToken cancellationToken)
    {
        var running = Start(server, series);
        try
        {
            await running.AwaitFirstResponseAsync(cancellationToken);
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server without waiting for it.</summary>
    public static RunningServer Start(Server server, int series)
    {
        var (port, metricsPort) = FreePort.Pair();
        var launch = new Launch(port, metricsPort, series, Directory.CreateTempSubdirectory("tinyhost-bench-").FullName);
        try
        {
            var command = server.CommandFor(launch);
            var start = new ProcessStartInfo(command.Program, command.Arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = command.Directory ?? "",
            };
            foreach (var (name, value) in command.Environment)
            {
                start.Environment[name] = value;
            }

            return new RunningServer(server, Process.Start(start)!, launch);
        }
        catch (Win32Exception e)
        {
            Directory.Delete(launch.Directory, recursive: true);
            throw new BenchException($"{server.Title} cannot be started: {e.Message}.");
        }
    }

    /// <summary>Asks for <c>/</c> until there is an answer.</summary>
    public async Task AwaitFirstResponseAsync(CancellationToken cancellationToken)
    {
        var asked = Stopwatch.StartNew();
        while ((Server.SaysReady && !HasSpoken()) || !FirstResponse.Try(Port))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_process.HasExited)
            {
                await _process.WaitForExitAsync(cancellationToken);
                throw new BenchException($"{Server.Title} ended with {_process.ExitCode} before it answered. It said: {Said()}");
            }

            if (asked.Elapsed > s_patience)
            {
                throw new BenchException($"{Server.Title} did not answer within {s_patience.TotalSeconds} s. It said: {Said()}");
            }

            await Task.Delay(1, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Keep(string? line)
    {
        lock (_said)
        {
            if (line is not null && _said.Length < 4_096)
            {
                _said.Append(line).Append(' ');
            }
        }
    }

    private bool HasSpoken()
    {
        lock (_said)
        {
            return _said.Length > 0;
        }
    }

    private string Said()
    {
        lock (_said)
        {
            return _said.Length > 0 ? _said.ToString().TrimEnd() : "nothing.";
        }
    }
}
