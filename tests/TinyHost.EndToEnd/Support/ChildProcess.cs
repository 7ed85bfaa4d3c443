// Owns: a process started by a test: its output, signals to it, and its end.

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TinyHost.EndToEnd.Support;

/// <summary>A process whose output is captured. Disposing it kills the process and its children if they still run.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int SigHup = 1;
    private const int SigInt = 2;
    private const int SigTerm = 15;

    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public OutputLines Output { get; } = new();

    public OutputLines Errors { get; } = new();

    /// <summary>Starts a program, in the system's directory for temporary files unless another one is named.</summary>
    public static ChildProcess Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => child.Output.Add(line.Data);
        child._process.ErrorDataReceived += (_, line) => child.Errors.Add(line.Data);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end, with <paramref name="input"/> on its standard input.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string input = "",
        IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null)
    {
        await using var child = Start(program, arguments, environment, workingDirectory);
        await child._process.StandardInput.WriteAsync(input);
        child._process.StandardInput.Close();
        var exitCode = await child.WaitForExitAsync();
        return (exitCode, child.Output.ToString(), child.Errors.ToString());
    }

    /// <summary>Waits for a line on standard output that contains the text. Fails with all output if there is none.</summary>
    public Task<string> WaitForOutputAsync(string text) => WaitForLineAsync(Output, text);

    /// <summary>Waits for a line on standard error that contains the text. Fails with all output if there is none.</summary>
    public Task<string> WaitForErrorAsync(string text) => WaitForLineAsync(Errors, text);

    /// <summary>Waits until the process has ended and all its output has been read. Returns the exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var deadline = Deadline.Start();
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The process did not end.\n{this}");
        }

        return _process.ExitCode;
    }

    /// <summary>Sends SIGTERM, as systemd does, and waits for the process to end. Returns the exit code.</summary>
    public Task<int> TerminateAsync() => StopAsync(SigTerm);

    /// <summary>Sends SIGINT, as Ctrl-C does, and waits for the process to end. Returns the exit code.</summary>
    public Task<int> InterruptAsync() => StopAsync(SigInt);

    /// <summary>Sends SIGTERM, and does not wait.</summary>
    public void RequestStop() => Send(SigTerm);

    /// <summary>Sends SIGHUP, as <c>systemctl reload</c> commonly does.</summary>
    public void HangUp() => Send(SigHup);

    /// <summary>Kills the process and waits for it to end. Returns the exit code.</summary>
    public Task<int> KillAsync()
    {
        _process.Kill();
        return WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        using var deadline = Deadline.Start();
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            // The process is dead, but a child of it keeps the output open. That must not keep the tests from ending.
        }

        _process.Dispose();
    }

    public override string ToString() => $"Standard output:\n{Output}\nStandard error:\n{Errors}";

    private async Task<string> WaitForLineAsync(OutputLines lines, string text)
    {
        using var deadline = Deadline.Start();
        try
        {
            if (await lines.FirstAsync(text, deadline.Token) is { } line)
            {
                return line;
            }
        }
        catch (OperationCanceledException)
        {
            // Reported below, with the output.
        }

        Assert.Fail($"The process did not print '{text}'.\n{this}");
        return text;
    }

    private Task<int> StopAsync(int signal)
    {
        Send(signal);
        return WaitForExitAsync();
    }

    private void Send(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs POSIX signals");
        Assert.Equal(0, Kill(_process.Id, signal));
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
