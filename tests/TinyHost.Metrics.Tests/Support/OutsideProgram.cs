// Owns: running programs that share no code with the library.

using System.Diagnostics;

namespace TinyHost.Metrics.Tests.Support;

internal static class OutsideProgram
{
    /// <summary>Debian's Python, which finds Debian's packages.</summary>
    internal const string Python = "/usr/bin/python3";

    /// <summary>Skips the test if Prometheus' client for Python is not installed.</summary>
    internal static async Task SkipWithoutPythonClientAsync()
    {
        if (!File.Exists(Python) || (await RunAsync(Python, ["-c", "import prometheus_client.parser"], "")).ExitCode != 0)
        {
            Assert.Skip("Debian's python3-prometheus-client is not installed.");
        }
    }

    /// <summary>Runs a program to its end with this input.</summary>
    internal static async Task<(int ExitCode, string Output, string Error)> RunAsync(string program, string[] arguments, string input)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
