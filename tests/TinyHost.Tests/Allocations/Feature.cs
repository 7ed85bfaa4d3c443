// Owns: one feature in use, alone in an otherwise plain chain, and the requests that use it.

using Microsoft.Extensions.Logging.Abstractions;

namespace TinyHost.Tests.Allocations;

/// <param name="Name">The first column of the table's row.</param>
/// <param name="Input">The request, or what follows the opening.</param>
/// <param name="Sent">Part of what is sent first, which shows that the feature is in use.</param>
internal sealed record Feature(string Name, string Input, string Sent)
{
    internal const string Get = "GET /users/me HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: test/1.0\r\nAccept: */*\r\n\r\n";
    internal const string Ok = "HTTP/1.1 200 OK\r\n";

    private static readonly byte[] s_content = "Hello, world!"u8.ToArray();

    /// <summary>What the handler does.</summary>
    internal Func<RequestContext, Task> Handler { get; init; } = Answer;

    /// <summary>The stages around the handler.</summary>
    internal Func<Pipeline, Pipeline> Stages { get; init; } = pipeline => pipeline.UseErrors(logger: NullLogger.Instance);

    /// <summary>The routes that answer; null if the handler does.</summary>
    internal Routes? Routes { get; init; }

    /// <summary>The application's services.</summary>
    internal IServiceProvider? Services { get; init; }

    /// <summary>Sent once, before the input.</summary>
    internal string? Opening { get; init; }

    /// <summary>
    /// For a cost per message or event rather than per request: how many more of them the input has than <see cref="Less"/>.
    /// </summary>
    internal int Units { get; init; } = 1;

    /// <summary>The same input with fewer units; null for none.</summary>
    internal string? Less { get; init; }

    /// <summary>What lasts as long as the measurement, such as a listener.</summary>
    internal Func<IDisposable>? During { get; init; }

    /// <summary>A feature that is a stage.</summary>
    internal static Feature OfStage(string name, Func<Pipeline, Pipeline> use, string fields = "", string sent = Ok) =>
        new(name, With(fields), sent) { Stages = pipeline => use(pipeline.UseErrors(logger: NullLogger.Instance)) };

    /// <summary>A feature that a handler uses.</summary>
    internal static Feature OfHandler(string name, Func<RequestContext, Task> handler, string input = Get, string sent = Ok) =>
        new(name, input, sent) { Handler = handler };

    /// <summary>A feature of routes.</summary>
    internal static Feature OfRoutes(string name, Routes routes, string target, string sent = Ok) =>
        new(name, Get.Replace("/users/me", target, StringComparison.Ordinal), sent) { Routes = routes };

    /// <summary>The plain request with further field lines.</summary>
    internal static string With(string fields, string requestLine = "GET /users/me HTTP/1.1") =>
        $"{requestLine}\r\nHost: localhost:8080\r\nUser-Agent: test/1.0\r\nAccept: */*\r\n{fields}\r\n";

    /// <summary>A POST request with content of a type.</summary>
    internal static string Post(string contentType, string content) =>
        $"POST /users/me HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: {contentType}\r\nContent-Length: {content.Length}\r\n\r\n"
            + content;

    internal static Task Answer(RequestContext context)
    {
        context.Response.ContentType = "text/plain";
        context.Response.Write(s_content);
        return Task.CompletedTask;
    }

    /// <summary>The whole chain.</summary>
    internal Func<RequestContext, Task> Build() => Stages(new Pipeline()).Run(Routes is null ? Handler : Routes);
}
