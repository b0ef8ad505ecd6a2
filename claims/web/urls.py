"""Addresses of the pages. A verb is POST only and stands below the thing it acts on."""

from django.urls import path

from claims.web import articles, attributions, claims, evidence, jobs, publication, review, sources, verdicts

app_name = "web"

urlpatterns = [
    path("", verdicts.front, name="front"),
    path("verdicts/", verdicts.index, name="verdicts"),
    path("verdicts/<int:verdict_id>/", verdicts.detail, name="verdict"),
    path("articles/", articles.index, name="articles"),
    path("articles/new/", articles.new, name="article_new"),
    path("articles/<int:article_id>/", articles.detail, name="article"),
    path("articles/<int:article_id>/progress/", articles.progress, name="article_progress"),
    path("articles/<int:article_id>/retry/", articles.retry, name="article_retry"),
    path("articles/<int:article_id>/describe/", articles.describe, name="article_describe"),
    path("articles/<int:article_id>/reextract/", attributions.reextract, name="article_reextract"),
    path("attributions/<int:attribution_id>/confirm/", attributions.confirm, name="attribution_confirm"),
    path("attributions/<int:attribution_id>/reject/", attributions.reject, name="attribution_reject"),
    path("claims/<int:claim_id>/history/", claims.history, name="claim_history"),
    path("claims/<int:claim_id>/dismiss/", claims.dismiss, name="claim_dismiss"),
    path("claims/<int:claim_id>/restore/", claims.restore, name="claim_restore"),
    path("claims/<int:claim_id>/queue/", review.queue_claim, name="claim_queue"),
    path("attributions/<int:attribution_id>/source/", claims.name_source, name="speaker"),
    path("captures/<int:capture_id>/", evidence.warc, name="capture"),
    path("captures/<int:capture_id>/content/", evidence.content, name="capture_content"),
    path("desk/", review.index, name="desk"),
    path("desk/next/", review.take_next, name="next"),
    path("desk/jobs/", jobs.index, name="jobs"),
    path("desk/jobs/<int:job_id>/retry/", jobs.retry, name="job_retry"),
    path("desk/claims/<int:claim_id>/", review.claim_page, name="claim"),
    path("desk/claims/<int:claim_id>/take/", review.take, name="take"),
    path("desk/claims/<int:claim_id>/draft/", review.save_draft, name="draft"),
    path("desk/claims/<int:claim_id>/evidence/", review.add_evidence, name="evidence_add"),
    path(
        "desk/claims/<int:claim_id>/evidence/<int:evidence_id>/withdraw/",
        review.withdraw_evidence,
        name="evidence_withdraw",
    ),
    path(
        "desk/claims/<int:claim_id>/evidence/<int:evidence_id>/capture/", review.capture_again, name="evidence_capture"
    ),
    path("desk/claims/<int:claim_id>/claimant/", review.ask_claimant, name="claimant_ask"),
    path("desk/claims/<int:claim_id>/claimant/<int:contact_id>/", review.answer_of_claimant, name="claimant_answer"),
    path("desk/claims/<int:claim_id>/submit/", review.submit, name="submit"),
    path("desk/claims/<int:claim_id>/release/", review.release, name="release"),
    path("desk/claims/<int:claim_id>/decline/", review.decline, name="decline"),
    path("publish/", publication.index, name="to_publish"),
    path("publish/<int:claim_id>/", publication.preview, name="preview"),
    path("publish/<int:claim_id>/publish/", publication.publish, name="publish"),
    path("publish/<int:claim_id>/reopen/", publication.reopen, name="reopen"),
    path("publish/<int:claim_id>/retract/", publication.retract, name="retract"),
    path("sources/", sources.index, name="sources"),
    path("sources/options/", sources.options, name="source_options"),
    path("sources/new/", sources.create, name="source_new"),
    path("sources/<int:source_id>/", sources.detail, name="source"),
    path("sources/<int:source_id>/history/", sources.history, name="source_history"),
    path("sources/<int:source_id>/rename/", sources.rename, name="source_rename"),
    path("sources/<int:source_id>/aliases/", sources.add_alias, name="alias_add"),
    path("sources/<int:source_id>/aliases/<int:alias_id>/remove/", sources.remove_alias, name="alias_remove"),
    path("sources/<int:source_id>/merge/", sources.merge, name="source_merge"),
    path("sources/<int:source_id>/merges/<int:merge_id>/undo/", sources.undo_merge, name="merge_undo"),
]
