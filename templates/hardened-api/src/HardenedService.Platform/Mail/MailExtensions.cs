using HardenedService.Platform.Configuration;
using HardenedService.Platform.Outbox;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Mail;

internal static class MailExtensions
{
    public static void AddMail(this WebApplicationBuilder builder)
    {
        builder.AddOptions<MailOptions>(MailOptions.Section);
        builder.Services.AddScoped<Mailer>();
        builder.Services.AddSingleton<MailTemplates>();
        builder.AddOutboxHandler<SmtpDelivery>();
    }
}
