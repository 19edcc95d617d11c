//! Buckets and objects behind one lock: each change checks its condition and is made in the same hold of it.
//!
//! It must not do anything slow under the lock: bodies are read and digested before.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use s3s::dto::{Checksum, Tag};
use s3s::{S3Error, S3Result, s3_error};

use super::checksum::Digest;
use super::condition::WriteCondition;
use super::content::Content;
use super::description::Description;
use super::error::{no_such_bucket, no_such_key};
use super::uploads::Uploads;

/// All buckets.
#[derive(Debug, Default)]
pub(super) struct Objects(Mutex<BTreeMap<String, Bucket>>);

#[derive(Debug)]
struct Bucket {
    created: SystemTime,
    tags: Vec<Tag>,
    objects: BTreeMap<String, Object>,
    uploads: Uploads,
    /// Conditional writes under way, by number.
    writes: BTreeMap<u64, WriteUnderWay>,
    next_write: u64,
}

#[derive(Debug)]
struct WriteUnderWay {
    key: String,
    deleted_meanwhile: bool,
}

/// One object. Cheap to clone but for its description.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) content: Content,
    /// In lower-case hexadecimal, without quotes: MD5 of the content, or that of its parts' and their number.
    pub(super) etag: String,
    /// In whole seconds, as S3 has it.
    pub(super) last_modified: SystemTime,
    pub(super) description: Description,
    pub(super) checksum: Checksum,
    /// The parts that it was uploaded in; none if it was put whole.
    pub(super) parts: Vec<ObjectPart>,
}

/// A part of an object.
#[derive(Clone, Debug)]
pub(super) struct ObjectPart {
    pub(super) length: usize,
    pub(super) checksum: Checksum,
}

/// A conditional write that has begun: a deletion of its key before [`Write::commit`] fails it with 409.
#[derive(Debug)]
pub(super) struct Write<'a> {
    objects: &'a Objects,
    bucket: &'a str,
    key: &'a str,
    condition: WriteCondition,
    /// Its number among those under way; none where it has no condition.
    number: Option<u64>,
}

impl Objects {
    pub(super) fn create_bucket(&self, bucket: &str) -> S3Result<()> {
        let mut buckets = self.lock();
        if buckets.contains_key(bucket) {
            return Err(s3_error!(
                BucketAlreadyOwnedByYou,
                "Your previous request to create the named bucket succeeded and you already own it."
            ));
        }
        buckets.insert(bucket.to_owned(), Bucket::new());
        Ok(())
    }

    /// Deletes an empty bucket.
    pub(super) fn delete_bucket(&self, bucket: &str) -> S3Result<()> {
        let mut buckets = self.lock();
        if !find(&mut buckets, bucket)?.objects.is_empty() {
            return Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"));
        }
        buckets.remove(bucket);
        Ok(())
    }

    /// Puts an object of bytes that nobody sent.
    pub(super) fn seed(&self, bucket: &str, key: &str, content: Bytes) -> S3Result<()> {
        let content = Content::from(content);
        let etag = Digest::of(&content).etag();
        let write = self.begin_write(bucket, key, WriteCondition::of_put(None, None)?)?;
        let (description, checksum) = (Description::default(), Checksum::default());
        write.commit(Object { content, etag, last_modified: now(), description, checksum, parts: Vec::new() })
    }

    /// Deletes a bucket and all that is in it.
    pub(super) fn remove_bucket(&self, bucket: &str) {
        self.lock().remove(bucket);
    }

    pub(super) fn head_bucket(&self, bucket: &str) -> S3Result<()> {
        find(&mut self.lock(), bucket).map(|_| ())
    }

    /// Every bucket's name and the time of its creation.
    pub(super) fn buckets(&self) -> Vec<(String, SystemTime)> {
        self.lock().iter().map(|(name, bucket)| (name.clone(), bucket.created)).collect()
    }

    pub(super) fn get(&self, bucket: &str, key: &str) -> S3Result<Object> {
        find(&mut self.lock(), bucket)?.objects.get(key).cloned().ok_or_else(|| no_such_key(key))
    }

    /// Replaces an object's tags; nothing else of it changes.
    pub(super) fn tag(&self, bucket: &str, key: &str, tags: Vec<Tag>) -> S3Result<()> {
        let mut buckets = self.lock();
        let object = find(&mut buckets, bucket)?.objects.get_mut(key).ok_or_else(|| no_such_key(key))?;
        object.description.tags = tags;
        Ok(())
    }

    pub(super) fn bucket_tags(&self, bucket: &str) -> S3Result<Vec<Tag>> {
        Ok(find(&mut self.lock(), bucket)?.tags.clone())
    }

    pub(super) fn tag_bucket(&self, bucket: &str, tags: Vec<Tag>) -> S3Result<()> {
        find(&mut self.lock(), bucket)?.tags = tags;
        Ok(())
    }

    /// Reads or changes a bucket's multipart uploads.
    pub(super) fn uploads<T>(&self, bucket: &str, change: impl FnOnce(&mut Uploads) -> S3Result<T>) -> S3Result<T> {
        change(&mut find(&mut self.lock(), bucket)?.uploads)
    }

    /// Begins a write, before its body is read.
    pub(super) fn begin_write<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        condition: WriteCondition,
    ) -> S3Result<Write<'a>> {
        let mut buckets = self.lock();
        let found = find(&mut buckets, bucket)?;
        let number = condition.is_some().then(|| {
            let number = found.next_write;
            found.next_write += 1;
            found.writes.insert(number, WriteUnderWay { key: key.to_owned(), deleted_meanwhile: false });
            number
        });
        Ok(Write { objects: self, bucket, key, condition, number })
    }

    /// Deletes an object. What is not there is deleted already, unless the condition demands it.
    pub(super) fn delete(&self, bucket: &str, key: &str, condition: &WriteCondition) -> S3Result<()> {
        let mut buckets = self.lock();
        let bucket = find(&mut buckets, bucket)?;
        condition.check_delete(key, bucket.objects.get(key))?;
        if bucket.objects.remove(key).is_some() {
            for write in bucket.writes.values_mut().filter(|write| write.key == key) {
                write.deleted_meanwhile = true;
            }
        }
        Ok(())
    }

    /// Looks through a bucket's objects, in the order of their keys.
    pub(super) fn look<T>(&self, bucket: &str, look: impl FnOnce(&BTreeMap<String, Object>) -> T) -> S3Result<T> {
        Ok(look(&find(&mut self.lock(), bucket)?.objects))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        // Every change is a single insertion or removal: a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    fn new() -> Self {
        Self {
            created: now(),
            tags: Vec::new(),
            objects: BTreeMap::new(),
            uploads: Uploads::default(),
            writes: BTreeMap::new(),
            next_write: 0,
        }
    }
}

impl Write<'_> {
    /// Puts the object there if the condition holds, in one hold of the lock.
    pub(super) fn commit(self, object: Object) -> S3Result<()> {
        self.commit_with(object, |_| Ok(()))
    }

    /// The same for an object that comes from an upload, which `end` takes out of the bucket in the same hold.
    pub(super) fn commit_with(self, object: Object, end: impl FnOnce(&mut Uploads) -> S3Result<()>) -> S3Result<()> {
        let mut buckets = self.objects.lock();
        let bucket = find(&mut buckets, self.bucket)?;
        let deleted_meanwhile =
            self.number.and_then(|number| bucket.writes.get(&number)).is_some_and(|write| write.deleted_meanwhile);
        let written = if deleted_meanwhile {
            Err(s3_error!(
                ConditionalRequestConflict,
                "The conditional request cannot succeed due to a conflicting operation against this resource."
            ))
        } else {
            self.condition.check(self.key, bucket.objects.get(self.key)).and_then(|()| end(&mut bucket.uploads))
        };
        if written.is_ok() {
            bucket.objects.insert(self.key.to_owned(), object);
        }
        drop(buckets);
        written
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        if let Some(bucket) = self.objects.lock().get_mut(self.bucket) {
            bucket.writes.remove(&number);
        }
    }
}

fn find<'a>(buckets: &'a mut BTreeMap<String, Bucket>, bucket: &str) -> Result<&'a mut Bucket, S3Error> {
    buckets.get_mut(bucket).ok_or_else(|| no_such_bucket(bucket))
}

/// The time in whole seconds.
pub(super) fn now() -> SystemTime {
    let since = UNIX_EPOCH.elapsed().unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

#[cfg(test)]
mod tests {
    use s3s::S3ErrorCode;
    use s3s::dto::ETagCondition;

    use super::*;

    fn object() -> Object {
        Object {
            content: Content::default(),
            etag: "d41d8cd98f00b204e9800998ecf8427e".to_owned(),
            last_modified: now(),
            description: Description::default(),
            checksum: Checksum::default(),
            parts: Vec::new(),
        }
    }

    fn if_absent() -> WriteCondition {
        WriteCondition { if_match: None, if_absent: true }
    }

    #[test]
    fn a_deletion_during_a_conditional_write_is_a_conflict() {
        let objects = Objects::default();
        objects.create_bucket("b").unwrap();
        objects.begin_write("b", "k", WriteCondition::default()).unwrap().commit(object()).unwrap();
        let if_match = WriteCondition { if_match: Some(ETagCondition::Any), if_absent: false };
        let matching = objects.begin_write("b", "k", if_match).unwrap();
        let creating = objects.begin_write("b", "k", if_absent()).unwrap();
        let elsewhere = objects.begin_write("b", "other", if_absent()).unwrap();
        let always = objects.begin_write("b", "k", WriteCondition::default()).unwrap();
        objects.delete("b", "k", &WriteCondition::default()).unwrap();
        for write in [matching, creating] {
            assert_eq!(*write.commit(object()).unwrap_err().code(), S3ErrorCode::ConditionalRequestConflict);
        }
        elsewhere.commit(object()).unwrap();
        always.commit(object()).unwrap();
    }

    #[test]
    fn of_two_conditional_creations_the_first_to_finish_wins() {
        let objects = Objects::default();
        objects.create_bucket("b").unwrap();
        let first = objects.begin_write("b", "k", if_absent()).unwrap();
        let second = objects.begin_write("b", "k", if_absent()).unwrap();
        second.commit(object()).unwrap();
        assert_eq!(*first.commit(object()).unwrap_err().code(), S3ErrorCode::PreconditionFailed);
        assert!(objects.lock()["b"].writes.is_empty(), "no write is left under way");
    }
}
