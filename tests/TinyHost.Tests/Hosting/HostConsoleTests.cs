// Owns: tests of what a host shows people at its console, with a console of the test and by its clock.

using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed partial class HostConsoleTests
{
    private static readonly string[] s_prefixes = ["http://127.0.0.1:0/base/", "admin=http://127.0.0.1:0/"];

    private readonly StringWriter _screen = new() { NewLine = "\n" };
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private readonly Dictionary<string, string?> _variables = [];

    [Fact]
    public async Task A_terminal_shows_what_is_listened_on_and_then_what_was_served()
    {
        _variables["NO_COLOR"] = "1";
        await RunAsync([], isTerminal: true, async (host, port) =>
        {
            Assert.Equal(
                "TinyHost is listening\n"
                + "  app     http://127.0.0.1:#/base/\n"
                + "  health  http://127.0.0.1:#/-/ready  prefix admin\n",
                TakeScreen());
            Assert.DoesNotContain(_log.Entries, IsListening);
            await GetAsync(port, "/base/ok");
            await GetAsync(port, "/base/fail");
            _time.Advance(TimeSpan.FromSeconds(75));
        });
        Assert.Equal(
            "TinyHost has stopped\n"
            + "  requests    2\n"
            + "  errors      1\n"
            + "  ran for     1 min 15 s\n"
            + "  drained in  0 s  nothing cut off\n",
            TakeScreen());
    }

    [Fact]
    public async Task Without_a_terminal_nothing_is_shown_and_the_log_has_its_lines()
    {
        await RunAsync([], isTerminal: false, (host, port) => Task.CompletedTask);
        Assert.Equal("", _screen.ToString());
        Assert.Equal(2, _log.Entries.Count(IsListening));
    }

    [Theory]
    [InlineData("TinyHost:Console=false")]
    [InlineData("TinyHost:Console:Summary=FALSE")]
    [InlineData("Logging:Console:FormatterName=json")]
    [InlineData("Logging:Console:FormatterName=Systemd", "TinyHost:Console:Watch=true")]
    public async Task A_setting_and_a_log_for_programs_keep_a_terminal_plain(params string[] settings)
    {
        await RunAsync(settings, isTerminal: true, (host, port) => Tick());
        Assert.Equal("", _screen.ToString());
        Assert.Equal(2, _log.Entries.Count(IsListening));
    }

    [Fact]
    public async Task The_setting_shows_the_summaries_without_a_terminal_and_without_colors()
    {
        await RunAsync(["TinyHost:Console=true", "TinyHost:Console:Watch=true"], isTerminal: false, (host, port) => Tick());
        var screen = TakeScreen();
        Assert.StartsWith("TinyHost is listening\n", screen, StringComparison.Ordinal);
        Assert.Contains("\nTinyHost has stopped\n", screen, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", screen, StringComparison.Ordinal);
        Assert.DoesNotContain("requests/s", screen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NO_COLOR", "1", false)]
    [InlineData("NO_COLOR", "", true)]
    [InlineData("TERM", "dumb", false)]
    [InlineData("TERM", "xterm", true)]
    public void Colors_are_for_terminals_that_want_them(string variable, string value, bool isColored)
    {
        _variables[variable] = value;
        using var terminal = Output(isTerminal: true);
        using var other = Output(isTerminal: false);
        Assert.Equal(isColored, terminal.IsColored);
        Assert.False(other.IsColored);
    }

    [Fact]
    public async Task A_terminal_that_lacks_control_sequences_gets_the_summary_without_them_and_no_live_line()
    {
        HostConsoleOutput Open(bool isTerminal) => new(_screen, isTerminal, _ => null, () => 200, () => false);
        await RunAsync(["TinyHost:Console:Watch=true"], isTerminal: true, Open, (host, port) => Tick());
        var screen = TakeScreen();
        Assert.StartsWith("TinyHost is listening\n", screen, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", screen, StringComparison.Ordinal);
        Assert.DoesNotContain("requests/s", screen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, true, 7)]
    [InlineData(3, false, 7)]
    [InlineData(4, true, 5)]
    [InlineData(7, true, 0)]
    [InlineData(7, false, 0)]
    public void Control_sequences_are_turned_on_for_a_console_of_Windows_unless_they_are(uint mode, bool isPossible, uint set)
    {
        uint given = 0;
        var isOn = ConsoleSequences.TryEnable(mode, wanted =>
        {
            given = wanted;
            return isPossible;
        });
        Assert.Equal((set == 0 || isPossible, set), (isOn, given));
    }

    [Fact]
    public void Redirected_output_has_no_control_sequences_to_turn_on_on_Windows_and_asks_for_none()
    {
        Assert.SkipUnless(Console.IsOutputRedirected, "The tests run at a terminal.");
        Assert.Equal(!OperatingSystem.IsWindows(), ConsoleSequences.TryEnable());
        using var output = HostConsoleOutput.OfProcess(isTerminal: false);
        Assert.False(output.TakesSequences);
    }

    [Fact]
    public async Task A_format_for_programs_chosen_in_code_keeps_a_terminal_plain()
    {
        foreach (var (choose, isPlain) in ((Action<ILoggingBuilder> Choose, bool IsPlain)[])[
            (logging => logging.AddJsonConsole(), true),
            (logging => logging.AddSystemdConsole(), true),
            (logging => logging.AddConsole(console => console.FormatterName = "logfmt"), true),
            (logging => logging.AddSimpleConsole(), false),
            (logging => logging.AddConsole(), false),
            (logging => logging.AddJsonConsole().AddSimpleConsole(), false)])
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            choose(builder.Logging);
            builder.Services.AddTinyHost(pipeline => pipeline.Run(context => context.Response.WriteTextAsync("ok")));
            using var host = builder.Build();
            var arguments = (string[])["app"];
            using var console = HostConsole.Of(host.Services, isTerminal: true, Output, arguments, _time);
            Assert.Equal(isPlain, console is null);
        }
    }

    [Fact]
    public Task A_live_line_shows_rates_and_is_replaced() =>
        RunAsync(["TinyHost:Console=false", "TinyHost:Console:Watch=true"], isTerminal: true, async (host, port) =>
        {
            await GetAsync(port, "/base/ok");
            await GetAsync(port, "/base/fail");
            await Tick();
            Assert.Matches(
                @"^2 requests/s, 1 errors/s, \d connections?, p99 [\d.,]+ ms, \d+ MB\e\[K\n$", _screen.ToString());
            _screen.GetStringBuilder().Clear();
            await Tick();
            Assert.Matches(@"^\e\[1A\r0 requests/s, 0 errors/s, \d connections?, p99 -, \d+ MB\e\[K\n$", _screen.ToString());
        });

    [Fact]
    public Task A_live_line_does_not_replace_what_has_been_logged() =>
        RunAsync(["TinyHost:Console=false", "TinyHost:Console:Watch=true"], isTerminal: true, async (host, port) =>
        {
            await Tick();
            host.Services.GetRequiredService<ILogger<HostConsoleTests>>()
                .Log(LogLevel.Information, default, "Any.", null, static (text, _) => text);
            await Tick();
            Assert.DoesNotContain("\e[1A", _screen.ToString(), StringComparison.Ordinal);
            await Tick();
            Assert.Contains("\e[1A", _screen.ToString(), StringComparison.Ordinal);
        });

    [Fact]
    public async Task A_terminal_without_control_sequences_has_no_live_line()
    {
        _variables["TERM"] = "dumb";
        await RunAsync(["TinyHost:Console=false", "TinyHost:Console:Watch=true"], isTerminal: true, (host, port) => Tick());
        Assert.Equal("", _screen.ToString());
    }

    [Fact]
    public void A_line_is_cut_to_the_width_of_the_terminal_and_replaces_nothing_but_the_last_one()
    {
        using var output = Output(isTerminal: true, width: 10);
        output.Show("0123456789abc");
        output.Show("abc");
        output.Print("whole\n");
        output.Show("def");
        output.WriteLine("own");
        output.Write('x');
        output.Show("ghi");
        Assert.Equal(
            "012345678\e[K\n\e[1A\rabc\e[K\nwhole\ndef\e[K\nown\nxghi\e[K\n",
            _screen.ToString().Replace("\r\n", "\n", StringComparison.Ordinal));
    }

    [Fact]
    public void A_terminal_without_a_size_has_80_columns()
    {
        using var output = Output(isTerminal: true, width: 0);
        output.Show(new string('a', 100));
        Assert.Equal($"{new string('a', 79)}\e[K\n", _screen.ToString());
    }

    [Fact]
    public async Task A_terminal_that_goes_away_stops_the_output_and_nothing_else()
    {
        using var gone = new BrokenWriter();
        HostConsoleOutput Open(bool isTerminal) => new(gone, isTerminal, _ => null, () => throw new IOException(), () => true);
        await RunAsync(["TinyHost:Console:Watch=true"], isTerminal: true, Open, async (host, port) =>
        {
            await Tick();
            await GetAsync(port, "/base/ok");
        });
        Assert.Equal(1, gone.Writes);
    }

    [Theory]
    [InlineData("--watch", null, true)]
    [InlineData("--watch=true", null, true)]
    [InlineData("--watch=false", null, false)]
    [InlineData("--TinyHost:Console:Watch=true", null, true)]
    [InlineData("--watch --TinyHost:DrainDelay=1", "Cannot start: --watch is '--TinyHost:DrainDelay=1', the argument after it; put --watch "
        + "last, or write --watch=true.", false)]
    public void The_command_line_asks_for_the_live_line(string commandLine, string? fault, bool watch)
    {
        var arguments = commandLine.Split(' ');
        var configuration = new ConfigurationBuilder().AddCommandLine(arguments).Build();
        if (fault is not null)
        {
            Assert.Equal(fault, Assert.Throws<ServerStartException>(() => Read().Watch).Message);
            return;
        }

        Assert.Equal(watch, Read().Watch);

        ConsoleSettings Read() => ConsoleSettings.Read(configuration, ["app", .. arguments]);
    }

    [Fact]
    public void A_program_that_keeps_its_command_line_to_itself_has_a_watch_argument_of_its_own() =>
        Assert.False(ConsoleSettings.Read(new ConfigurationBuilder().Build(), ["app", "--watch"]).Watch);

    [Fact]
    public void The_99th_percentile_is_of_the_durations_since_the_last_call()
    {
        using var tally = new RequestTally(new PlainMeterFactory());
        Assert.Null(tally.TakeP99());
        for (var i = 0; i < 200; i++)
        {
            tally.Record(i < 197 ? 0.001 : 2, []);
        }

        Assert.InRange(tally.TakeP99()!.Value.TotalSeconds, 2, 2.2);
        Assert.Null(tally.TakeP99());
        tally.Record(0.001, [new("error.type", "500")]);
        Assert.InRange(tally.TakeP99()!.Value.TotalMilliseconds, 1, 1.1);
        Assert.Equal((201, 1), (tally.Requests, tally.Errors));
    }

    [Fact]
    public void Texts_are_aligned_and_times_have_two_units()
    {
        Assert.Equal(
            "\e[1mTinyHost is listening\e[0m\n"
            + "  \e[1mapp\e[0m      https://localhost:8443/  every address, TLS\n"
            + "  \e[1mlocal\e[0m    http://unix:/run/app.sock\n"
            + "  \e[1mworkers\e[0m  4\n",
            ConsoleText.Started(
                [
                    new("app", "https://localhost:8443/", "every address, TLS"),
                    new("local", "http://unix:/run/app.sock", ""),
                    new("workers", "4", ""),
                ],
                isColored: true));
        Assert.Equal(
            "TinyHost has stopped\n"
            + "  requests    1,234,567\n"
            + "  errors      0\n"
            + "  ran for     2 d 3 h\n"
            + "  drained in  30.5 s  1 request cut off, 2 connections given up\n",
            ConsoleText.Stopped(1_234_567, 0, new TimeSpan(2, 3, 4, 5), TimeSpan.FromSeconds(30.52), 1, 2, isColored: false));
    }

    private static bool IsListening((LogLevel Level, string Message, Exception? Exception) entry) =>
        entry.Level == LogLevel.Information && entry.Message.StartsWith("Listening on ", StringComparison.Ordinal);

    private static async Task GetAsync(int port, string path)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"), TestContext.Current.CancellationToken);
    }

    private Task Tick()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return Task.CompletedTask;
    }

    private HostConsoleOutput Output(bool isTerminal) => Output(isTerminal, width: 200);

    private HostConsoleOutput Output(bool isTerminal, int width) =>
        new(_screen, isTerminal, name => _variables.GetValueOrDefault(name), () => width, () => true);

    private Task RunAsync(string[] settings, bool isTerminal, Func<IHost, int, Task> use) =>
        RunAsync(settings, isTerminal, Output, use);

    // As RunTinyHostAsync does, with a console and a clock of the test.
    private async Task RunAsync(string[] settings, bool isTerminal, Func<bool, HostConsoleOutput> open, Func<IHost, int, Task> use)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => setting.Split('='))
            .Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])));
        builder.Logging.AddProvider(new Provider(_log));
        builder.Services.AddTinyHost(
            pipeline => pipeline.UseErrors().UseHealth("admin").Run(context => context.Request.Path == "/fail"
                ? throw new InvalidOperationException("Deliberate.")
                : context.Response.WriteTextAsync("ok")),
            options =>
            {
                foreach (var prefix in s_prefixes)
                {
                    options.Prefixes.Add(prefix);
                }
            });
        using var host = builder.Build();
        using (HostConsole.Of(host.Services, isTerminal, open, ["app"], _time))
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            await use(host, host.Services.GetRequiredService<HostedServer>().EndPoints[0].Port);
            await host.StopAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What was shown since the last call, with # for each port.</summary>
    private string TakeScreen()
    {
        var text = Port().Replace(_screen.ToString(), ":#");
        _screen.GetStringBuilder().Clear();
        return text;
    }

    [GeneratedRegex(@"(?<=127\.0\.0\.1):\d+")]
    private static partial Regex Port();

    private sealed class Provider(ILogger log) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => log;

        public void Dispose()
        {
        }
    }

    private sealed class BrokenWriter : StringWriter
    {
        internal int Writes { get; private set; }

        public override void Write(string? value)
        {
            Writes++;
            throw new IOException("Input/output error.");
        }
    }
}
