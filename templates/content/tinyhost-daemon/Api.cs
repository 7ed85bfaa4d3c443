using TinyHost;

namespace TinyHostDaemon;

/// <summary>The HTTP API: clients post jobs, and the worker does them.</summary>
internal static class Api
{
    public static Routes Routes(JobQueue queue) => new Routes()
        .Get("/jobs", context => context.Response.WriteTextAsync($"{queue.Count} jobs wait."))
        .Post("/jobs", async context =>
        {
            // The content is at most as long as TinyHost:Limits:MaxRequestBodySize.
            using var reader = new StreamReader(context.Request.Body.AsStream());
            queue.Add(await reader.ReadToEndAsync(context.Aborted));
            context.Response.StatusCode = 202;
        });
}
