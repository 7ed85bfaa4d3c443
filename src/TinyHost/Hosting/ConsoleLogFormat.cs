// Owns: the format of the log on the console, which the program's code or its configuration chooses.

using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace TinyHost;

internal static class ConsoleLogFormat
{
    // The library does not depend on the package of the console's log, and the program may lack it.
    private const string OptionsType =
        "Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions, Microsoft.Extensions.Logging.Console";

    /// <summary>Whether the log is for programs: only the default formatter is known to write for people.</summary>
    internal static bool IsForPrograms(IServiceProvider services, IConfiguration? configuration) =>
        (FormatterOf(services) ?? configuration?["Logging:Console:FormatterName"])?.Trim() is { Length: > 0 } name
        && !name.Equals("simple", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The formatter that the options of the console's log name, wherever they were set; null for the default, and without such a log.
    /// </summary>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Reference types share their code.")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "The console's log itself needs the constructor of its options.")]
    private static string? FormatterOf(IServiceProvider services) =>
        Type.GetType(OptionsType, throwOnError: false) is { } type
        && services.GetService(typeof(IOptionsMonitor<>).MakeGenericType(type)) is IOptionsMonitor<object> options
            ? type.GetProperty("FormatterName")?.GetValue(options.CurrentValue) as string
            : null;
}
