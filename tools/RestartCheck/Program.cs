// Owns: the command: its arguments, its report, its exit code.

using TinyHost.RestartCheck;

if (Arguments.Read(args, out var fault) is not { } arguments)
{
    Console.Error.WriteLine(fault);
    Console.Error.WriteLine(Arguments.Usage);
    return 2;
}

var check = new RestartRun(arguments, Console.Out);
var failure = await check.RunAsync();
Console.WriteLine(check.Tally.Report());
if (failure is not null)
{
    Console.Error.WriteLine($"FAILED: {failure}");
    return 1;
}

return 0;
