// Owns: tests of loggers, meter listeners and clocks that throw: the server continues without leaks and reports the failure once.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ObserverTests
{
    private static Task Ok(RequestContext context) => context.Response.WriteTextAsync("ok");

    [Theory]
    [InlineData("factory")]
    [InlineData("null")]
    [InlineData("enabled")]
    [InlineData("log")]
    [InlineData("both")]
    public async Task A_logger_that_throws_ends_no_connection(string what)
    {
        var time = new ManualTime();
        var meters = new MeterRecorder();
        var log = new ThrowingLogger(what);
        await using var server = await TestServer.StartAsync(Ok, options =>
        {
            options.LoggerFactory = log;
            options.Services = new OneService(meters);
            options.TimeProvider = time;
            options.Limits.MaxConnections = 1;
            // Only the idle deadline applies.
            options.Limits.MinDataRate = 0;
        });

        // Three events are logged: a refused request, a rejected connection, a deadline.
        using (var refused = await server.ConnectAsync())
        {
            await refused.SendAsync("nonsense\r\n\r\n");
            Assert.Equal(400, (await refused.ReadResponseAsync()).Status);
        }

        await Until.TrueAsync(() => meters.Observe("tinyhost.connections.active") == 0);
        using (var idle = await server.ConnectAsync())
        {
            Assert.Equal("ok", (await idle.GetAsync("/")).Content);
            using (var turnedAway = await server.ConnectAsync())
            {
                Assert.Equal("", await turnedAway.ReadToEndAsync());
            }

            var ended = idle.ReadToEndAsync();
            while (!ended.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(10));
                await Task.Yield();
            }

            Assert.Equal("", await ended);
        }

        await Until.TrueAsync(() => meters.Observe("tinyhost.connections.active") == 0);
        using var last = await server.ConnectAsync();
        Assert.Equal("ok", (await last.GetAsync("/")).Content);
        Assert.Equal(what is "factory" or "null" ? 0 : 1, Math.Min(log.Calls, 1));
        await server.StopAsync().WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_meter_listener_that_throws_at_every_measurement_leaks_no_slot_and_is_reported_once_per_instrument()
    {
        var log = new RecordingLogger();
        using var factory = new PlainMeterFactory();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => Enable(instrument, self, factory) };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("No room."));
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => throw new InvalidOperationException("No room."));
        listener.Start();
        await using var server = await TestServer.StartAsync(Ok, options =>
        {
            options.Services = new OneService(factory);
            options.LoggerFactory = log;
            options.Limits.MaxConnections = 1;
        });
        for (var i = 0; i < 5; i++)
        {
            await Until.TrueAsync(() => OpenConnections(factory) == 0);
            using var client = await server.ConnectAsync();
            Assert.Equal("ok", (await client.GetAsync("/")).Content);
            using var turnedAway = await server.ConnectAsync();
            Assert.Equal("", await turnedAway.ReadToEndAsync());
            await client.SendAsync("nonsense\r\n\r\n");
            Assert.Equal(400, (await client.ReadResponseAsync()).Status);
        }

        await server.StopAsync().WaitAsync(TestTimeout.Long);
        Assert.Equal(
            new[]
            {
                "http.server.request.duration",
                "tinyhost.connection.duration",
                "tinyhost.connections.rejected",
                "tinyhost.requests.rejected",
            }.Select(name => $"A meter listener of instrument {name} failed, and the server continues without it. This is reported once."),
            log.Entries.Where(entry => entry.Level == LogLevel.Error).Select(entry => entry.Message).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_meter_listener_that_throws_at_an_instruments_start_or_end_loses_no_instrument(bool hasFactory)
    {
        var log = new RecordingLogger();
        using var factory = new PlainMeterFactory();
        // Other tests start servers meanwhile.
        var isOurs = new AsyncLocal<bool>();
        using var hostile = new MeterListener();
        hostile.InstrumentPublished = (instrument, self) =>
        {
            if (isOurs.Value && instrument.Meter.Name == "TinyHost")
            {
                self.EnableMeasurementEvents(instrument);
                throw new InvalidOperationException("Not this one.");
            }
        };
        hostile.MeasurementsCompleted = (_, _) => throw new InvalidOperationException("Nor its end.");
        hostile.Start();
        isOurs.Value = true;
        var server = await TestServer.StartAsync(Ok, options =>
        {
            options.LoggerFactory = log;
            options.Services = hasFactory ? new OneService(factory) : null;
        });
        isOurs.Value = false;
        var measured = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "http.server.request.duration" && (!hasFactory || instrument.Meter.Scope == factory))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref measured));
        listener.Start();
        using (var client = await server.ConnectAsync())
        {
            Assert.Equal("ok", (await client.GetAsync("/", "Connection: close\r\n")).Content);
            Assert.Equal("", await client.ReadToEndAsync());
        }

        Assert.True(measured >= 1);
        await server.DisposeAsync();
        Assert.Contains(log.Entries, entry => entry.Message.StartsWith(
            "A meter listener told of instrument http.server.request.duration failed", StringComparison.Ordinal));
        Assert.Equal(!hasFactory, log.Entries.Any(
            entry => entry.Message.StartsWith("A meter listener told of the end of meter TinyHost failed", StringComparison.Ordinal)));
        hostile.MeasurementsCompleted = null;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_runs_although_its_meter_factory_fails(bool throws)
    {
        var log = new RecordingLogger();
        await using var server = await TestServer.StartAsync(Ok, options =>
        {
            options.LoggerFactory = log;
            options.Services = new OneService(new BadMeterFactory(throws));
        });
        using var client = await server.ConnectAsync();
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
        Assert.Single(log.Entries, entry => entry.Message.StartsWith("The meter factory failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_runs_although_its_services_provide_no_loggers_or_meters()
    {
        await using var server = await TestServer.StartAsync(Ok, options => options.Services = new NoService());
        using var client = await server.ConnectAsync();
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public async Task A_clock_that_throws_is_replaced_by_the_system_clock(int after)
    {
        var log = new RecordingLogger();
        await using var server = await TestServer.StartAsync(Ok, options =>
        {
            options.LoggerFactory = log;
            options.TimeProvider = new ThrowingTime(after);
            options.Limits.HeaderSectionTimeout = TimeSpan.FromMilliseconds(1);
        });
        using var client = await server.ConnectAsync();
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
        // The deadline still expires, measured by the system clock. It is that of a partial head, since a connection may be idle before its
        // first request arrives.
        await client.SendAsync("GET");
        Assert.StartsWith("HTTP/1.1 408 ", await client.ReadToEndAsync().WaitAsync(TestTimeout.Long), StringComparison.Ordinal);
        await server.StopAsync().WaitAsync(TestTimeout.Long);
        Assert.Single(log.Entries, entry => entry.Message.StartsWith("The time provider failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_access_log_and_the_errors_stage_answer_whatever_their_logger_and_clock_do()
    {
        var app = new Pipeline()
            .Use(next => AccessLog.Wrap(next, new ThrowingLogger("both"), time: new ThrowingTime(0)))
            .UseErrors(logger: new ThrowingLogger("both"))
            .Run(context => context.Request.Path == "/fails" ? throw new InvalidOperationException("It fails.") : Ok(context));
        await using var server = await TestServer.StartAsync(app);
        using var client = await server.ConnectAsync();
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
        Assert.Equal(500, (await client.GetAsync("/fails")).Status);
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
    }

    [Fact]
    public void A_failure_is_logged_once_per_observer()
    {
        var log = new RecordingLogger();
        var guard = new ObserverGuard(log);
        for (var i = 0; i < 3; i++)
        {
            guard.Failed("The first", new InvalidOperationException("a"));
            guard.Failed("The second", new InvalidOperationException("b"));
        }

        Assert.Equal(["a", "b"], log.Entries.Select(entry => entry.Exception!.Message));
    }

    [Fact]
    public void An_exception_in_a_logger_scope_is_not_propagated()
    {
        var logger = new ObserverGuard(new ThrowingLogger("scope")).Logger;
        using (logger.BeginScope("x"))
        {
        }

        Assert.Null(new ObserverGuard(new ThrowingLogger("both")).Logger.BeginScope("x"));
    }

    private static long OpenConnections(IMeterFactory factory)
    {
        long open = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "tinyhost.connections.active")
            {
                Enable(instrument, self, factory);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => open += value);
        listener.Start();
        listener.RecordObservableInstruments();
        return open;
    }

    private static void Enable(Instrument instrument, MeterListener listener, IMeterFactory factory)
    {
        if (instrument.Meter.Scope == factory)
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }

    private sealed class ThrowingLogger(string what) : ILoggerFactory, ILogger
    {
        private int _calls;

        internal int Calls => _calls;

        public ILogger CreateLogger(string categoryName) =>
            what switch { "factory" => throw new InvalidOperationException("No logger."), "null" => null!, _ => this };

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull =>
            what == "scope" ? this : throw new InvalidOperationException("No scope.");

        public bool IsEnabled(LogLevel logLevel)
        {
            Interlocked.Increment(ref _calls);
            return what is "enabled" or "both" ? throw new InvalidOperationException("Who knows?") : true;
        }

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Interlocked.Increment(ref _calls);
            if (what is "log" or "both")
            {
                throw new InvalidOperationException("The disk is full.");
            }
        }

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose() => throw new InvalidOperationException("No end.");
    }

    private sealed class ThrowingTime(int after) : TimeProvider
    {
        private int _calls;

        public override long TimestampFrequency => Count(TimeProvider.System.TimestampFrequency);

        public override DateTimeOffset GetUtcNow() => Count(System.GetUtcNow());

        public override long GetTimestamp() => Count(System.GetTimestamp());

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            Count(System).CreateTimer(callback, state, dueTime, period);

        private T Count<T>(T value) =>
            Interlocked.Increment(ref _calls) > after ? throw new InvalidOperationException("It stands still.") : value;
    }

    private sealed class BadMeterFactory(bool throws) : IMeterFactory
    {
        public Meter Create(MeterOptions options) => throws ? throw new InvalidOperationException("No meter.") : null!;

        public void Dispose()
        {
        }
    }

    private sealed class NoService : IServiceProvider
    {
        public object? GetService(Type serviceType) => throw new InvalidOperationException($"No {serviceType}.");
    }
}
