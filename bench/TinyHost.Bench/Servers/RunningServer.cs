// Owns: a server's process, from start to end, and its output.

using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Bench.Servers;

/// <summary>A started server. Disposing it kills its process and all child processes.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    private readonly Server _server;
    private readonly Process _process;
    private readonly string _directory;
    private readonly StringBuilder _output = new();

    private RunningServer(Server server, Process process, Launch launch)
    {
        _server = server;
        _process = process;
        _directory = launch.Directory;
        Port = launch.Port;
        MetricsPort = launch.MetricsPort;
        process.OutputDataReceived += (_, line) => AddOutput(line.Data);
        process.ErrorDataReceived += (_, line) => AddOutput(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Title => _server.Title;

    public string Scheme => _server.IsSecure ? "https" : "http";

    public int Workers => _server.Workers;

    public int Port { get; }

    public int MetricsPort { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts the server and waits for its first response. Throws <see cref="BenchException"/> if there is none.</summary>
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
        var (port, metricsPort) = FindFreePorts();
        var launch = new Launch(port, metricsPort, series, Directory.CreateTempSubdirectory("tinyhost-bench-").FullName);
        try
        {
            if (server.IsSecure)
            {
                BenchCertificate.Write(launch.Directory);
            }

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
            throw new BenchException($"Could not start {server.Title}: {e.Message}.");
        }
    }

    /// <summary>Requests <c>/</c> until there is a response.</summary>
    public async Task AwaitFirstResponseAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while ((_server.PrintsReady && !HasOutput()) || !FirstResponse.Try(Port, _server.IsSecure))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_process.HasExited)
            {
                await _process.WaitForExitAsync(cancellationToken);
                throw new BenchException($"{Title} exited with code {_process.ExitCode} before its first response. Output: {Output()}");
            }

            if (watch.Elapsed > s_timeout)
            {
                throw new BenchException($"{Title} did not respond within {s_timeout.TotalSeconds} s. Output: {Output()}");
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

    private static (int App, int Metrics) FindFreePorts()
    {
        using var first = BindAnyPort();
        using var second = BindAnyPort();
        return (((IPEndPoint)first.LocalEndPoint!).Port, ((IPEndPoint)second.LocalEndPoint!).Port);
    }

    private static Socket BindAnyPort()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private void AddOutput(string? line)
    {
        lock (_output)
        {
            if (line is not null && _output.Length < 4_096)
            {
                _output.Append(line).Append(' ');
            }
        }
    }

    private bool HasOutput()
    {
        lock (_output)
        {
            return _output.Length > 0;
        }
    }

    private string Output()
    {
        lock (_output)
        {
            return _output.Length > 0 ? _output.ToString().TrimEnd() : "none.";
        }
    }
}
