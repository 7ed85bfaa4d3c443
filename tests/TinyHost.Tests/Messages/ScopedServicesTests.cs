// Owns: tests of the scope of services that each request has.

using Microsoft.Extensions.DependencyInjection;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ScopedServicesTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

    private readonly List<string> _events = [];

    [Fact]
    public async Task Each_request_has_a_scope_that_is_disposed_of_after_its_response()
    {
        List<Scoped> seen = [];
        var transport = new MemoryTransport().Arrive(Get + Get).FinishSending();
        await ServeAsync(transport, context =>
        {
            var scoped = context.Services.GetRequiredService<Scoped>();
            Assert.Same(scoped, context.Services.GetRequiredService<Scoped>());
            scoped.Disposed = () => _events.Add($"disposed after {transport.Sent.Split("HTTP/1.1 200").Length - 1}");
            seen.Add(scoped);
            return context.Response.WriteTextAsync("hello");
        });
        Assert.Equal(2, seen.Distinct().Count());
        Assert.Equal(["disposed after 1", "disposed after 2"], _events);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_scope_is_disposed_of_when_the_handler_fails(bool later)
    {
        await ServeAsync(new MemoryTransport().Arrive(Get).FinishSending(), async context =>
        {
            context.Services.GetRequiredService<Scoped>().Disposed = () => _events.Add("disposed");
            if (later)
            {
                await Task.Yield();
            }

            throw new NotSupportedException();
        });
        Assert.Equal(["disposed"], _events);
    }

    [Fact]
    public async Task OnCompleted_may_use_the_services_before_they_are_disposed_of()
    {
        await ServeAsync(new MemoryTransport().Arrive(Get).FinishSending(), context =>
        {
            context.Response.OnCompleted(() =>
            {
                context.Services.GetRequiredService<Scoped>().Disposed = () => _events.Add("disposed");
                _events.Add("completed");
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });
        Assert.Equal(["completed", "disposed"], _events);
    }

    [Fact]
    public async Task A_disposal_that_fails_is_logged_and_the_connection_goes_on()
    {
        var transport = new MemoryTransport().Arrive(Get + Get).FinishSending();
        var log = await ServeAsync(transport, context =>
        {
            context.Services.GetRequiredService<Scoped>().Disposed = () => throw new NotSupportedException("on purpose");
            return Task.CompletedTask;
        });
        Assert.Equal(2, transport.Sent.Split("HTTP/1.1 200 ").Length - 1);
        Assert.Equal(2, log.Entries.Count(entry => entry.Exception is NotSupportedException));
    }

    [Fact]
    public async Task Work_left_behind_by_a_handler_gets_no_scope_that_nobody_would_dispose_of()
    {
        RequestContext? used = null;
        RequestContext? unused = null;
        await ServeAsync(new MemoryTransport().Arrive(Get).FinishSending(), context =>
        {
            used = context;
            _ = context.Services;
            return Task.CompletedTask;
        });
        await ServeAsync(new MemoryTransport().Arrive(Get).FinishSending(), context =>
        {
            unused = context;
            return Task.CompletedTask;
        });
        Assert.Throws<InvalidOperationException>(() => used!.Services);
        Assert.Throws<InvalidOperationException>(() => unused!.Services);
    }

    [Fact]
    public async Task A_provider_without_scopes_is_given_as_it_is()
    {
        var services = new OneService("service");
        IServiceProvider? seen = null;
        using var server = new MemoryServer(
            context =>
            {
                seen = context.Services;
                return Task.CompletedTask;
            },
            new MemoryTransport().Arrive(Get).FinishSending(),
            services: services);
        await server.EndAsync();
        Assert.Same(services, seen);
    }

    // With scopes validated, a scoped service of the root provider is an error.
    private static async Task<RecordingLogger> ServeAsync(MemoryTransport transport, Func<RequestContext, Task> app)
    {
        await using var services = new ServiceCollection().AddScoped<Scoped>().BuildServiceProvider(validateScopes: true);
        using var server = new MemoryServer(app, transport, services: services);
        await server.EndAsync();
        return server.Log;
    }

    private sealed class Scoped : IAsyncDisposable
    {
        internal Action Disposed { get; set; } = () => { };

        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            Disposed();
        }
    }
}
